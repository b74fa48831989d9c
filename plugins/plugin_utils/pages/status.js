// The page is complete without it. With it, the page says how old it is, and copies commands.
const asked = document.getElementById('asked'), stale = document.getElementById('stale');
const tell = () => {
  const minutes = Math.floor((Date.now() - Date.parse(asked.dateTime)) / 60000);
  const age = minutes < 120 ? `${minutes} min` : minutes < 2880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
  document.getElementById('age').textContent =
    minutes < -1 ? ', which is later than the clock of this device' : minutes < 1 ? ', just now' : `, ${age} ago`;
  stale.hidden = minutes * 60 < stale.dataset.after;
};
tell();
setInterval(tell, 30000);
for (const code of document.querySelectorAll('code.command')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.setAttribute('aria-label', `Copy ${code.textContent}`);
  button.addEventListener('click', () => {
    getSelection().selectAllChildren(code);
    button.textContent = document.execCommand('copy') ? 'Copied' : 'Selected';
  });
  code.after(button);
}
