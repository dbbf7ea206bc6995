// Building and keeping nodes. Data only ever becomes text or attributes, never mark-up.

export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "value") node.value = value;
    else if (value === true) node.setAttribute(name, "");
    else node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

// Makes `parent` hold one node for each item, in order. A node stays the same one (with its focus and what was typed
// in it) for as long as its key and its signature do.
export function keep(parent, items, keyOf, signatureOf, build) {
  const kept = parent.kept ?? new Map();
  const next = new Map();
  let place = parent.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    const signature = signatureOf(item);
    let entry = kept.get(key);
    if (!entry || entry.signature !== signature) {
      const node = build(item, entry?.node);
      const focus = entry && entry.node.contains(document.activeElement) ? focusMark(entry.node) : null;
      if (entry) {
        if (place === entry.node) place = entry.node.nextSibling;
        entry.node.remove();
      }
      parent.insertBefore(node, place);
      entry = { signature, node };
      if (focus) restoreFocus(node, focus);
    } else if (entry.node !== place) {
      parent.insertBefore(entry.node, place);
    } else {
      place = place.nextSibling;
    }
    next.set(key, entry);
  }
  for (const [key, entry] of kept) if (!next.has(key)) entry.node.remove();
  parent.kept = next;
}

const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex='0']";

export function focusable(root) {
  return [...root.querySelectorAll(FOCUSABLE)].filter((node) => !node.disabled && node.offsetParent !== null);
}

function focusMark(root) {
  const active = document.activeElement;
  return { index: [...root.querySelectorAll(FOCUSABLE)].indexOf(active), start: active.selectionStart, end: active.selectionEnd };
}

function restoreFocus(root, mark) {
  const node = [...root.querySelectorAll(FOCUSABLE)][mark.index];
  if (!node) return;
  node.focus();
  if (mark.start !== null && mark.start !== undefined && node.setSelectionRange) {
    try { node.setSelectionRange(mark.start, mark.end); } catch { /* a number field has no selection */ }
  }
}

let count = 0;
export const freshId = (prefix) => `${prefix}-${++count}`;
