export interface Seat {
  seat: "caller" | "responder" | "helper";
  name: string | null;
  kind: "page" | "recording";
  url: string | null;
  joined: boolean;
}

export interface VolunteerCall {
  id: string;
  me: "responder" | "helper";
  device: string | null;
  conversation: string | null;
  caller_name: string | null;
  for_whom: "self" | "other" | null;
  language: string;
  elapsed_seconds: number | null;
  seats: Seat[];
  ice: { servers: RTCIceServer[]; relay_only: boolean } | null;
  help: { state: "none" | "ringing" | "joining" | "joined" | "nobody"; name: string | null };
  danger: boolean;
  dangers: {
    state: string;
    dialled: boolean;
    place_known: boolean;
    may_rescue: boolean;
    rescue_proposed: boolean;
    rescue_agreed: boolean;
  } | null;
  asked: boolean;
  left_by: "exit" | "end" | "lost" | null;
  seconds_left: number | null;
  place_kept: boolean;
  safety_asked: boolean;
}

/** What the server says to a volunteer's page, whole each time. */
export interface Snapshot {
  role: "volunteer";
  read_at: number;
  name: string;
  screen: string;
  until_seconds: number | null;
  reachable: boolean;
  silent_rings: number;
  /** Asked after silent rings. */
  still_there: boolean;
  /** No answer to that question ended duty. */
  taken_off: boolean;
  resting_seconds: number | null;
  test: { seconds_left: number } | null;
  offer: {
    id: string;
    seat: "responder" | "helper" | "owner";
    seconds_left: number;
    for_whom: "self" | "other" | null;
    language: string;
    wish: string;
    wishes: string;
    danger: boolean;
    rung_before: boolean;
    standby: boolean;
  } | null;
  told: { what: "taken" | "stopped" | "left" | "no_voice"; at_seconds_ago: number } | null;
  call: VolunteerCall | null;
  debrief: { call: string } | null;
  call_backs: { id: string; label: string; confirmed: boolean; seconds_until: number }[];
  line: { name: string };
  demo: boolean;
}
