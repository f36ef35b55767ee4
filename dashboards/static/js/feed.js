// The live feed: event stream, watchdog, and polling when every stream is taken. Says what it heard and when.

const SILENT_MS = 12000; // The server beats each 5 s.
const REFUSED_MS = 4000; // The stream broke and has not come back.
const POLL_MS = 5000;
const HIDDEN_MS = 30000;
const STREAM_AGAIN_MS = 30000;

export class Feed {
  #source = null;
  #heardAt = performance.now();
  #brokenAt = null;
  #lastId = "";
  #polling = null;
  #pollingSince = 0;
  #hiding = null;
  #turn = 0; // Of polling: answers to what was asked in one before are not heard.

  // told: { snapshot(state), change(part), time(iso), session(isOver) }; isNeeded(): stay open while hidden?
  constructor(told, isNeeded) {
    this.told = told;
    this.isNeeded = isNeeded;
    document.addEventListener("visibilitychange", () => this.#seen());
    this.#open();
  }

  // "live", "poll", or "lost".
  state() {
    const at = performance.now();
    if (at - this.#heardAt > SILENT_MS) return "lost";
    if (this.#brokenAt !== null && at - this.#brokenAt > REFUSED_MS) return "lost";
    return this.#polling ? "poll" : "live";
  }

  isBroken() {
    return this.#brokenAt !== null;
  }

  // Asks anew whether the reader may look.
  renew() {
    this.#source?.close();
    this.#stopPolling();
    this.#open();
  }

  #open() {
    const source = new EventSource("/api/1/live" + (this.#lastId ? "?after=" + encodeURIComponent(this.#lastId) : ""));
    source.addEventListener("snapshot", (event) => this.#hear(event, (data) => this.told.snapshot(data)));
    source.addEventListener("change", (event) => this.#hear(event, (data) => this.told.change(data)));
    source.addEventListener("heartbeat", (event) => this.#hear(event, () => {}));
    source.addEventListener("error", () => this.#broke(source));
    this.#source = source;
  }

  #hear(event, tell) {
    const data = JSON.parse(event.data);
    if (event.lastEventId) this.#lastId = event.lastEventId;
    this.#stopPolling();
    this.#alive(data.now);
    this.told.session(false);
    tell(data);
  }

  #alive(now) {
    this.#heardAt = performance.now();
    this.#brokenAt = null;
    this.told.time(now);
  }

  #broke(source) {
    if (source !== this.#source) return;
    if (!this.#polling) this.#brokenAt ??= performance.now();
    // The browser tries again by itself unless the answer was not a stream: all taken, or the session is over.
    if (source.readyState === EventSource.CLOSED) {
      source.close();
      this.#source = null;
      this.#poll();
    }
  }

  #poll() {
    if (this.#polling) return;
    this.#pollingSince = performance.now();
    this.#polling = setInterval(() => this.#ask(), POLL_MS);
    this.#ask();
  }

  // Nor is an answer heard that is still on its way: what speaks now is newer.
  #stopPolling() {
    clearInterval(this.#polling);
    this.#polling = null;
    this.#turn += 1;
  }

  async #ask() {
    const turn = this.#turn;
    try {
      const answer = await fetch("/api/1/state", { signal: AbortSignal.timeout(POLL_MS - 500) });
      const state = answer.ok ? await answer.json() : null;
      if (turn !== this.#turn) return;
      this.told.session(answer.status === 401);
      if (state) {
        this.#alive(state.now);
        this.told.snapshot(state);
        if (!this.#source && performance.now() - this.#pollingSince > STREAM_AGAIN_MS) {
          this.#pollingSince = performance.now();
          this.#lastId = "";
          this.#open();
        }
      } else {
        this.#brokenAt ??= performance.now();
      }
    } catch {
      if (turn === this.#turn) this.#brokenAt ??= performance.now();
    }
  }

  #seen() {
    clearTimeout(this.#hiding);
    if (document.hidden) {
      this.#hiding = setTimeout(() => this.#rest(), HIDDEN_MS);
    } else if (!this.#source && !this.#polling) {
      this.#open();
    }
  }

  // A hidden tab gives its connection back; a board on shift keeps listening, or its alarms would be silent.
  #rest() {
    if (this.isNeeded()) return;
    this.#source?.close();
    this.#source = null;
    this.#stopPolling();
  }
}
