import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from stepline import models
from stepline.actions import accounts, codes, people
from stepline.models.people import Role
from tests.web.cast import a_coordinator, a_line, a_volunteer

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=3)

pytestmark = pytest.mark.django_db


def test_a_code_signs_one_device_in_for_90_days() -> None:
    bo = a_volunteer(a_line(), "Bo")
    device, key = accounts.redeem(accounts.invite(bo, Role.VOLUNTEER, NOW), NOW)
    last = NOW + timedelta(days=90) - timedelta(seconds=1)
    assert accounts.device_for(key, Role.VOLUNTEER, last) == device
    assert accounts.device_for(key, Role.VOLUNTEER, last + timedelta(seconds=1)) is None


def test_a_code_is_read_aloud_and_typed_in_any_manner() -> None:
    bo = a_volunteer(a_line(), "Bo")
    code = accounts.invite(bo, Role.VOLUNTEER, NOW)
    device, _ = accounts.redeem(f" {code.replace('-', ' ').lower()} ", NOW)
    assert device.volunteer == bo


def test_a_code_has_no_symbols_that_are_taken_for_others() -> None:
    symbols = {symbol for _ in range(200) for symbol in codes.new_code(accounts.CODE_GROUPS)}
    assert symbols <= set("34679ACDEFHJKMNPQRTVWXY-")
    assert len(codes.new_code(accounts.CODE_GROUPS)) == 14


def test_a_code_works_once() -> None:
    code = accounts.invite(a_volunteer(a_line(), "Bo"), Role.VOLUNTEER, NOW)
    accounts.redeem(code, NOW)
    with pytest.raises(accounts.CodeRefused):
        accounts.redeem(code, NOW)


def test_a_code_works_for_three_days() -> None:
    code = accounts.invite(a_volunteer(a_line(), "Bo"), Role.VOLUNTEER, NOW)
    with pytest.raises(accounts.CodeRefused):
        accounts.redeem(code, LATER)
    assert accounts.redeem(code, LATER - timedelta(seconds=1))


def test_looking_at_a_code_does_not_use_it_up() -> None:
    code = accounts.invite(a_volunteer(a_line(), "Bo"), Role.VOLUNTEER, NOW)
    accounts.waiting_invitation(code, NOW)
    accounts.waiting_invitation(code, NOW)
    assert accounts.redeem(code, NOW)


def test_a_newer_code_ends_the_older_one() -> None:
    bo = a_volunteer(a_line(), "Bo")
    older = accounts.invite(bo, Role.VOLUNTEER, NOW)
    newer = accounts.invite(bo, Role.VOLUNTEER, NOW)
    with pytest.raises(accounts.CodeRefused):
        accounts.redeem(older, NOW)
    assert accounts.redeem(newer, NOW)


@pytest.mark.parametrize("code", ["", "----", "AAAA-AAAA-AAAA", "🙂", "A" * 10_000])
def test_a_wrong_code_is_refused(code: str) -> None:
    accounts.invite(a_volunteer(a_line(), "Bo"), Role.VOLUNTEER, NOW)
    with pytest.raises(accounts.CodeRefused):
        accounts.redeem(code, NOW)


def test_the_tables_hold_neither_codes_nor_keys() -> None:
    code = accounts.invite(a_volunteer(a_line(), "Bo"), Role.VOLUNTEER, NOW)
    device, key = accounts.redeem(code, NOW)
    invitation = models.Invitation.objects.get()
    kept = bytes(invitation.code_index) + bytes(device.key_index)
    plain = code.replace("-", "")
    assert plain.encode() not in kept
    assert key.encode() not in kept
    assert len(kept) == 64


def test_only_a_coordinator_is_invited_as_one() -> None:
    bo = a_volunteer(a_line(), "Bo")
    with pytest.raises(accounts.RoleRefused):
        accounts.invite(bo, Role.COORDINATOR, NOW)
    assert not models.Invitation.objects.exists()


def test_a_coordinators_device_is_a_volunteers_too_but_not_the_other_way() -> None:
    line = a_line()
    _, eli = accounts.redeem(accounts.invite(a_coordinator(line), Role.COORDINATOR, NOW), NOW)
    _, bo = accounts.redeem(accounts.invite(a_volunteer(line, "Bo"), Role.VOLUNTEER, NOW), NOW)
    assert accounts.device_for(eli, Role.VOLUNTEER, NOW)
    assert accounts.device_for(eli, Role.COORDINATOR, NOW)
    assert accounts.device_for(bo, Role.VOLUNTEER, NOW)
    assert accounts.device_for(bo, Role.COORDINATOR, NOW) is None


def test_who_is_no_coordinator_any_more_coordinates_no_more() -> None:
    line = a_line()
    a_coordinator(line, "Ada")
    eli = a_coordinator(line)
    _, key = accounts.redeem(accounts.invite(eli, Role.COORDINATOR, NOW), NOW)
    waiting = accounts.invite(eli, Role.COORDINATOR, NOW)
    people.change(eli, people.Person(name="Eli"))
    assert accounts.device_for(key, Role.COORDINATOR, NOW) is None
    with pytest.raises(accounts.CodeRefused):
        accounts.redeem(waiting, NOW)


def test_signing_out_ends_one_device_and_its_pushes() -> None:
    bo = a_volunteer(a_line(), "Bo")
    device, key = accounts.redeem(accounts.invite(bo, Role.VOLUNTEER, NOW), NOW)
    _, other = accounts.redeem(accounts.invite(bo, Role.VOLUNTEER, NOW), NOW)
    push = models.PushSubscription(device=device, endpoint_index=b"1" * 32, created_at=NOW)
    push.save()
    accounts.sign_out(device, NOW)
    push.refresh_from_db()
    assert accounts.device_for(key, Role.VOLUNTEER, NOW) is None
    assert accounts.device_for(other, Role.VOLUNTEER, NOW)
    assert push.gone_at == NOW


def test_a_lost_phone_is_signed_out_with_everything_open() -> None:
    bo = a_volunteer(a_line(), "Bo")
    _, key = accounts.redeem(accounts.invite(bo, Role.VOLUNTEER, NOW), NOW)
    waiting = accounts.invite(bo, Role.VOLUNTEER, NOW)
    assert accounts.sign_out_everywhere(bo, NOW) == 1
    assert accounts.device_for(key, Role.VOLUNTEER, NOW) is None
    with pytest.raises(accounts.CodeRefused):
        accounts.redeem(waiting, NOW)


def test_stepping_back_ends_devices_and_duty_and_can_be_undone() -> None:
    bo = a_volunteer(a_line(), "Bo")
    _, key = accounts.redeem(accounts.invite(bo, Role.VOLUNTEER, NOW), NOW)
    models.Duty.objects.filter(volunteer=bo).update(on_since_at=NOW)
    people.step_back(bo, NOW)
    assert models.Duty.objects.get(volunteer=bo).on_since_at is None
    people.serve_again(bo)
    assert accounts.device_for(key, Role.VOLUNTEER, NOW) is None
    assert accounts.redeem(accounts.invite(bo, Role.VOLUNTEER, NOW), NOW)


def test_a_form_that_was_open_meanwhile_undoes_no_block() -> None:
    bo = a_volunteer(a_line(), "Bo")
    open_form = models.Volunteer.objects.get(pk=bo.pk)
    people.block(bo, NOW)
    people.change(open_form, people.Person(name="Bo B.", is_back_up=True))
    kept = models.Volunteer.objects.get(pk=bo.pk)
    assert (kept.name, kept.is_back_up, kept.blocked_at) == ("Bo B.", True, NOW)


def test_a_code_given_before_stepping_back_opens_nothing_afterwards() -> None:
    bo = a_volunteer(a_line(), "Bo")
    code = accounts.invite(bo, Role.VOLUNTEER, NOW)
    people.step_back(bo, NOW)
    with pytest.raises(accounts.CodeRefused):
        accounts.redeem(code, NOW)


def test_a_line_keeps_its_last_coordinator() -> None:
    eli = a_coordinator(a_line())
    a_coordinator(a_line("other"), "Fay")
    with pytest.raises(people.LastCoordinator):
        people.step_back(eli, NOW)
    with pytest.raises(people.LastCoordinator):
        people.change(eli, people.Person(name="Eli"))


def test_one_e_mail_is_one_person_on_a_line_and_says_nothing_of_other_lines() -> None:
    line, other = a_line(), a_line("other")
    a_volunteer(line, "Bo", email="bo@example.org")
    with pytest.raises(people.EmailTaken):
        a_volunteer(line, "Bob", email="BO@example.org")
    assert a_volunteer(other, "Bo", email="bo@example.org").email == "bo@example.org"


def test_the_first_coordinator_gets_a_line_and_a_way_back_in() -> None:
    code = accounts.first_coordinator("Eli", NOW, "GB")
    device, key = accounts.redeem(code, NOW)
    assert device.volunteer.name == "Eli"
    assert device.volunteer.line.country == "GB"
    assert accounts.device_for(key, Role.COORDINATOR, NOW) == device
    accounts.redeem(accounts.first_coordinator("Eli", NOW, ""), NOW)
    assert models.Volunteer.objects.count() == 1
    assert models.Line.objects.count() == 1


def test_b13_a_first_line_is_not_made_without_its_country() -> None:
    with pytest.raises(accounts.NeedsCountry):
        accounts.first_coordinator("Eli", NOW, "")
    assert not models.Line.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_instant_sign_one_device_in() -> None:
    code = accounts.invite(a_volunteer(a_line(), "Bo"), Role.VOLUNTEER, NOW)
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def press() -> None:
        together.wait()
        try:
            accounts.redeem(code, NOW)
            outcomes.append("signed in")
        except accounts.CodeRefused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "signed in"]
    assert models.Device.objects.count() == 1
