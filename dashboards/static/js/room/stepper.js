// Two big buttons beside a number: one more, one less.

export function useSteppers(root) {
  for (const button of root.querySelectorAll("[data-step]")) {
    button.hidden = false;
    const field = button.parentElement.querySelector("input");
    button.addEventListener("click", () => {
      field.value = String(Math.max(0, (Number(field.value) || 0) + Number(button.dataset.step)));
    });
  }
}
