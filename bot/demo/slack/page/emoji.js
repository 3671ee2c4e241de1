// The short names an operations bot uses; others stay as they were written.

const known = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", rotating_light: "🚨", no_entry: "⛔",
  bell: "🔔", no_bell: "🔕", hourglass: "⌛", hourglass_flowing_sand: "⏳", lock: "🔒", unlock: "🔓", key: "🔑",
  fire: "🔥", eyes: "👀", mag: "🔍", information_source: "ℹ️", question: "❓", exclamation: "❗", penguin: "🐧",
  red_circle: "🔴", large_yellow_circle: "🟡", large_green_circle: "🟢", large_orange_circle: "🟠",
  large_blue_circle: "🔵", white_circle: "⚪", black_circle: "⚫", arrow_right: "➡️", arrow_up: "⬆️",
  arrow_down: "⬇️", email: "✉️", inbox_tray: "📥", outbox_tray: "📤", shield: "🛡️", pause_button: "⏸️",
  double_vertical_bar: "⏸️", arrow_forward: "▶️", stopwatch: "⏱️", clock1: "🕐", calendar: "📅", memo: "📝",
  bar_chart: "📊", chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", money_with_wings: "💸",
  credit_card: "💳", wave: "👋", "+1": "👍", "-1": "👎", tada: "🎉", sleeping: "😴", zzz: "💤", test_tube: "🧪",
  hammer_and_wrench: "🛠️", wrench: "🔧", book: "📖", ticket: "🎫", scroll: "📜", leftwards_arrow_with_hook: "↩️",
};

export const emoji = (name) => known[name];
