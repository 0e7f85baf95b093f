"""Every address; each audience's module lists its own."""

from stepline.web import (
    account,
    caller,
    coordinator,
    danger,
    health,
    live,
    meetings,
    standby,
    volunteer,
)

urlpatterns = [
    *caller.urlpatterns,
    *danger.urlpatterns,
    *volunteer.urlpatterns,
    *standby.urlpatterns,
    *meetings.urlpatterns,
    *coordinator.urlpatterns,
    *account.urlpatterns,
    *live.urlpatterns,
    *health.urlpatterns,
]

handler400 = "stepline.web.security.bad_request"
handler403 = "stepline.web.security.forbidden"
handler404 = "stepline.web.security.not_found"
handler500 = "stepline.web.security.server_error"
