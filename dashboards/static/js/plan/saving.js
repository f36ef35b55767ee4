// Sends each change to the server: one at a time, over the version it was drawn upon. Says how that went.

const SOON_MS = 500;
const AGAIN_MS = 5000;

export class Saving {
  #timer = null;
  #isSending = false;
  #isDirty = false;

  // onState(code): "saved", "saving", "unsaved", "refused", "unfit"; onConflict({ version, who, drawing })
  constructor(address, version, read, onState, onConflict) {
    Object.assign(this, { address, version, read, onState, onConflict });
    addEventListener("beforeunload", (event) => this.#isDirty && event.preventDefault());
  }

  soon(delayMs = SOON_MS) {
    this.#isDirty = true;
    this.onState("saving");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), delayMs);
  }

  // Go on over another version: that of whoever was quicker.
  over(version) {
    this.version = version;
  }

  // What is here is what the server has.
  settle() {
    this.#isDirty = false;
    clearTimeout(this.#timer);
  }

  async #send() {
    if (this.#isSending) return this.soon();
    this.#isSending = true;
    this.#isDirty = false;
    const headers = { "Content-Type": "application/json", "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content };
    let state = "saved";
    try {
      const answer = await fetch(this.address, { method: "PUT", headers, body: JSON.stringify({ seen: this.version, drawing: this.read() }), signal: AbortSignal.timeout(8000) });
      if (answer.ok && !answer.redirected) this.version = (await answer.json()).version;
      else if (answer.status === 409) {
        state = "clash";
        this.onConflict(await answer.json());
      } else state = answer.status === 422 ? "unfit" : answer.status >= 500 ? "unsaved" : "refused";
    } catch {
      state = "unsaved";
    }
    this.#isSending = false;
    if (this.#isDirty) return;
    if (state !== "saved") this.#isDirty = true;
    this.onState(state);
    if (state === "unsaved") this.#timer = setTimeout(() => this.#send(), AGAIN_MS);
  }
}
