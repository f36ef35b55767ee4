// Keeps the frame of the tasks page for when nobody can be reached. Data are never kept here: what the page
// shows then is what it saved itself, under a black banner with the time.

const CACHE = "kuzet-" + BUILD;
const FRAME = "/tasks/offline";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => Promise.all([cache.addAll(FILES), cache.add(FRAME)])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("kuzet-") && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const path = new URL(request.url).pathname;
  if (request.mode === "navigate" && (path === "/tasks" || path.startsWith("/tasks/"))) {
    event.respondWith(page(event));
  } else if (FILES.includes(path)) {
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  }
});

// The page from the server; the frame when the server is not reached.
async function page(event) {
  try {
    const answer = await fetch(event.request);
    // In the language the reader has now.
    if (answer.ok) event.waitUntil(caches.open(CACHE).then((cache) => cache.add(FRAME)).catch(() => {}));
    return answer;
  } catch {
    const cache = await caches.open(CACHE);
    return (await cache.match(FRAME)) ?? Response.error();
  }
}
