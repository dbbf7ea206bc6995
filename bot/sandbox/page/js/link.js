// The page's one web socket: deeds go out, the state of the screen comes in.

const load = crypto.randomUUID();
let socket = null;
let number = 0;
let opened = 0;
let onState = () => {};
let onLost = () => {};
const waiting = new Map();

export function connect(handlers) {
  onState = handlers.state;
  onLost = handlers.lost;
  open();
}

function open() {
  const here = new URLSearchParams(location.search);
  const query = new URLSearchParams({ load, as: here.get("as") ?? "", team: here.get("team") ?? "", at: opened++ ? "" : location.pathname });
  socket = new WebSocket(`ws://${location.host}/page/socket?${query}`);
  let isFirst = true;
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    if (message.type === "state") { onState(message, isFirst && opened > 1); isFirst = false; }
    else if (message.type === "done") settle(message);
  };
  socket.onclose = () => {
    onLost();
    for (const { reject } of waiting.values()) reject(new Error("The sandbox is gone. Start it again and reload this page."));
    waiting.clear();
    setTimeout(open, 800);
  };
}

function settle(message) {
  const call = waiting.get(message.n);
  waiting.delete(message.n);
  if (message.error) call?.reject(new Error(message.error));
  else call?.resolve(message.value);
}

// Does one thing as the person of this page; resolves when the app has answered.
export function act(deed, details = {}) {
  return new Promise((resolve, reject) => {
    if (socket?.readyState !== WebSocket.OPEN) {
      reject(new Error("The sandbox does not answer. Is it still running?"));
      return;
    }
    const n = ++number;
    waiting.set(n, { resolve, reject });
    socket.send(JSON.stringify({ n, do: deed, ...details }));
  });
}
