// Tabler's dark colours hang on an attribute; the rest of the page needs no script.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const apply = () => document.documentElement.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
apply();
dark.addEventListener("change", apply);
// What only a script can do, such as asking a passkey, is shown where there is one.
document.documentElement.classList.add("js");
