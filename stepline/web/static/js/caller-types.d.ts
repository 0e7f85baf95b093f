export interface Seat {
  seat: string;
  name: string | null;
  kind: "page" | "recording";
  url: string | null;
  joined: boolean;
}

/** What the server says of the call, whole each time. */
export interface Snapshot {
  role: "caller";
  read_at: number;
  call: string | null;
  screen: string;
  reason: "limit" | "nobody" | "no_voice" | null;
  seconds_left: number | null;
  ringing: number;
  wish: string;
  /** Whether the caller has wishes that "anyone" would drop. */
  can_anyone: boolean;
  /** The one wish that the caller may drop next. */
  relax: { what: string; words: string } | null;
  question: string | null;
  /** A question that is answered by choosing. */
  pick: { title: string; choices: { value: string; label: string; lang: string }[] } | null;
  me: string;
  conversation: string | null;
  seats: Seat[];
  ice: { servers: RTCIceServer[]; relay_only: boolean } | null;
  elapsed_seconds: number | null;
  help: "joining" | "joined" | null;
  call_back: {
    slots: { minutes: number; label: string }[];
    takes_number: boolean;
    promised: { code: string; label: string; seconds_until: number; by_phone: boolean } | null;
  };
  usual_wait_seconds: number | null;
  /** Both sides are asked how it stands, long after help was rung. */
  asked: boolean;
  place_known: boolean;
  exit_url: string;
}

/** What only this page knows. */
export interface Page {
  panel: "" | "call_back" | "more" | "first";
  voice: "unasked" | import("./peer.js").VoiceState;
  /** Another tab of this browser has the call. */
  elsewhere: boolean;
}

/** What the document offers to what is loaded after the ask. */
export interface Host {
  deeds: Record<string, (control: HTMLElement) => unknown>;
  /** The page was loaded into an open call. */
  isFound: boolean;
  form: (fields: Record<string, string>) => FormData;
  reach: (path: string, fields?: Record<string, string>) => Promise<boolean>;
  show: (screen: string) => void;
  take: (newer: Snapshot) => void;
  tell: (path: string, fields?: Record<string, string>) => void;
  trouble: (message: string, lost: boolean) => void;
}
