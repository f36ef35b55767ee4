// Taps that have not reached the server: kept over a reload with the instant of the tap, sent in their order.

const WAIT_MS = 5000;
const NAME = "kuzet-tasks";

export class Taps {
  #store = null;
  #list = [];
  #isSending = false;
  #lastId = 0;
  #token = document.querySelector("meta[name=csrf-token]")?.content ?? "";

  // told: { changed(), over(), sent(tap), isOurs(tap) }
  constructor(told) {
    this.told = told;
    addEventListener("online", () => this.send());
    setInterval(() => this.send(), WAIT_MS);
  }

  async open() {
    this.#store = await openStore();
    this.#list = await this.#store.all();
  }

  all() {
    return this.#list;
  }

  // The tap is kept before it is shown as waiting and sent: whatever happens next, it is not lost.
  async add(tap) {
    const kept = { ...tap, id: this.#newId(), key: newKey(), refused: null };
    await this.#store.put("taps", kept).catch(() => {}); // No room: it lives as long as the page.
    this.#list.push(kept);
    this.told.changed();
    await this.send();
  }

  async forget(id) {
    this.#list = this.#list.filter((one) => one.id !== id);
    await this.#store.remove(id);
    this.told.changed();
  }

  saved() {
    return this.#store.get("saved");
  }

  save(what) {
    return this.#store.put("saved", { id: 1, ...what });
  }

  async send() {
    if (this.#isSending || !this.#store) return;
    this.#isSending = true;
    try {
      for (const tap of this.#list.filter((one) => !one.refused && this.told.isOurs(one))) {
        if (!(await this.#sendOne(tap))) break;
      }
    } catch {
      // The network is away: the next round sends it.
    }
    this.#isSending = false;
  }

  // In the order of the taps, and never that of another tab's.
  #newId() {
    this.#lastId = Math.max(Date.now() * 1000 + Math.floor(Math.random() * 1000), this.#lastId + 1, ...this.#list.map((one) => one.id + 1));
    return this.#lastId;
  }

  // Returns whether to go on with the next.
  async #sendOne(tap) {
    let answer = await this.#post(tap);
    if (answer.status === 400) {
      // The token is that of an earlier sitting.
      const fresh = await fetch("/tasks/token", { signal: AbortSignal.timeout(WAIT_MS), redirect: "error" });
      this.#token = (await fresh.json()).csrf;
      answer = await this.#post(tap);
    }
    if (answer.ok) {
      await this.told.sent(tap);
      await this.forget(tap.id);
      return true;
    }
    if (answer.status === 401) {
      this.told.over();
      return false;
    }
    if (answer.status >= 500 || answer.status === 429) return false;
    const problem = await answer.json().catch(() => ({}));
    tap.refused = (problem.type ?? "").split(":").at(-1) || "other";
    await this.#store.put("taps", tap);
    this.told.changed();
    return true;
  }

  #post(tap) {
    const path = tap.alert
      ? `/api/1/alerts/${encodeURIComponent(tap.alert)}/ack`
      : `/api/1/spaces/${encodeURIComponent(tap.space)}/tasks/${encodeURIComponent(tap.task)}/${tap.verb}`;
    const body = { reason: tap.note ?? "", at: new Date(tap.at).toISOString(), key: tap.key, ...(tap.to ? { to: tap.to } : {}) };
    const headers = { "X-CSRFToken": this.#token, "Content-Type": "application/json" };
    return fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(WAIT_MS) });
  }
}

// Not crypto.randomUUID: plain http on a campus network has none.
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Somebody signed out: the list is forgotten, what was tapped is not. Returns how many taps wait to be sent.
export async function leave() {
  const store = await openStore();
  await store.drop();
  return (await store.all()).filter((one) => !one.refused).length;
}

// A private window may refuse the store: then taps live as long as the page.
async function openStore() {
  try {
    return new Store(await opened());
  } catch {
    return { all: async () => [], put: async () => {}, remove: async () => {}, get: async () => null, drop: async () => {} };
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("taps", { keyPath: "id" });
      asked.result.createObjectStore("saved", { keyPath: "id" });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

class Store {
  constructor(base) {
    this.base = base;
  }

  all() {
    return this.#ask("taps", "readonly", (store) => store.getAll());
  }

  put(name, value) {
    return this.#ask(name, "readwrite", (store) => store.put(value));
  }

  remove(id) {
    return this.#ask("taps", "readwrite", (store) => store.delete(id));
  }

  drop() {
    return this.#ask("saved", "readwrite", (store) => store.clear());
  }

  get(name) {
    return this.#ask(name, "readonly", (store) => store.get(1));
  }

  #ask(name, mode, ask) {
    return new Promise((resolve, reject) => {
      const doing = this.base.transaction(name, mode);
      const asked = ask(doing.objectStore(name));
      doing.oncomplete = () => resolve(asked.result);
      doing.onerror = () => reject(doing.error);
    });
  }
}
