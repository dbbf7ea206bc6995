// The few emoji names that people here write; any other name stays as it was written.

const NAMES = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", rotating_light: "🚨", bug: "🐛", beetle: "🐞",
  lock: "🔒", unlock: "🔓", eyes: "👀", bell: "🔔", memo: "📝", mag: "🔍", hourglass: "⌛", hourglass_flowing_sand: "⏳",
  red_circle: "🔴", large_orange_circle: "🟠", large_yellow_circle: "🟡", large_green_circle: "🟢", large_blue_circle: "🔵",
  white_circle: "⚪", black_circle: "⚫", thumbsup: "👍", "+1": "👍", thumbsdown: "👎", "-1": "👎", tada: "🎉", wave: "👋",
  question: "❓", exclamation: "❗", information_source: "ℹ️", shield: "🛡️", fire: "🔥", link: "🔗", calendar: "📅",
  bar_chart: "📊", chart_with_upwards_trend: "📈", arrow_right: "➡️", arrow_up: "⬆️", arrow_down: "⬇️", smile: "😄",
  robot_face: "🤖", speech_balloon: "💬", clock3: "🕒", sparkles: "✨", no_entry: "⛔", no_entry_sign: "🚫", repeat: "🔁",
};

export const emoji = (name) => NAMES[name] ?? `:${name}:`;
export const withEmoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => NAMES[name] ?? whole);
