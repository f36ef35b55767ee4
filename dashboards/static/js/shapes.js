// Small makers of elements. Text goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

export function el(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

export function shape(name = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "shape");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(SVG, "use"));
  if (name) setShape(svg, name);
  return svg;
}

export function setShape(svg, name) {
  svg.firstElementChild.setAttribute("href", "#s-" + name);
}

// Touch the page only where something differs.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setClass(node, name) {
  if (node.className !== name) node.className = name;
}
