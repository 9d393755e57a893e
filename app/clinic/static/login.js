// Logs in, and goes where the person wanted to go: only within this server.
const form = document.getElementById("login");
const error = document.getElementById("error");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  error.hidden = true;
  let said;
  try {
    const answer = await fetch("/api/login", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name: form.elements.name.value, password: form.elements.password.value }),
    });
    said = await answer.json();
  } catch { said = { ok: false, error: "The server does not answer." }; }
  if (said.ok) {
    const next = new URL(new URLSearchParams(location.search).get("next") ?? "/", location.origin);
    location.replace(next.origin === location.origin ? next.pathname + next.search : "/");
    return;
  }
  error.textContent = said.error;
  error.hidden = false;
  form.elements.password.value = "";
  form.elements.password.focus();
});
