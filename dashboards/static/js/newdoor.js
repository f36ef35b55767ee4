// Where a door stands: a new room, and a new building, are asked about only when they are chosen.

function follow(select, part) {
  const show = () => {
    part.hidden = select.value !== "+";
    for (const field of part.querySelectorAll("input, select")) field.disabled = part.hidden;
  };
  select.addEventListener("change", show);
  show();
}

follow(document.getElementById("inner"), document.getElementById("new-room"));
const building = document.getElementById("building");
follow(building, document.getElementById("new-building"));
document.getElementById("inner").addEventListener("change", () => building.dispatchEvent(new Event("change")));
