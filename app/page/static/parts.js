// The named places of the page, and how to write into them.
const parts = new Map();

export function part(name) {
  let found = parts.get(name);
  if (!found?.isConnected) parts.set(name, (found = document.querySelector(`[data-part="${name}"]`)));
  return found;
}
export function write(name, text) {
  const place = part(name);
  if (place && place.textContent !== text) place.textContent = text;
}
export function make(tag, style, text) {
  const made = document.createElement(tag);
  if (style) made.className = style;
  if (text !== undefined) made.textContent = text;
  return made;
}
