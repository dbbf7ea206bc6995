// Who and what ids stand for, as the person of this page may know it.

let state = null;

export const learn = (next) => { state = next; };
export const current = () => state;

export function userName(id) {
  if (state && id === state.app.id) return state.app.name;
  return state?.people.find((person) => person.id === id)?.handle ?? id;
}

export function channelName(id) {
  const channel = state?.channels.find((each) => each.id === id);
  if (!channel) return "private channel";
  return channel.kind === "im" ? state.app.name : channel.name;
}

export const groupName = (id) => state?.groups[id] ?? "group";
