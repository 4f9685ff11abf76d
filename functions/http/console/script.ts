/**
 * The page's script, as a browser gets it. It fetches anew what changes by itself, fetches the audio on a click, and tells
 * times in the reader's own zone; whatever it does not do, forms and links do.
 */
export const SCRIPT = `
const POLL_MS = 1500;
/** While something is on its way. */
const SOON_MS = 500;
const main = document.querySelector('main[data-poll]');
const news = document.getElementById('news');
/** What the server last said of each part: what we have changed ourselves is no news. */
const said = new WeakMap();
let etag;

function remember(root) {
  for (const part of [root, ...root.querySelectorAll('[data-live], [data-key]')]) said.set(part, part.outerHTML);
}

function tellTimes(root) {
  for (const time of root.querySelectorAll('time[data-moment]')) {
    const at = new Date(time.dateTime);
    time.title = time.textContent;
    const day = time.dataset.moment === 'time' ? {} : { dateStyle: 'medium' };
    time.textContent = at.toLocaleString([], { ...day, timeStyle: 'medium' });
  }
}

function adopt(fresh, old) {
  const focused = old.contains(document.activeElement) && document.activeElement.dataset.focus;
  const open = [...old.querySelectorAll('details')].map((details) => details.open);
  old.replaceWith(fresh);
  remember(fresh);
  tellTimes(fresh);
  for (const [index, details] of [...fresh.querySelectorAll('details')].entries()) details.open = open[index] ?? false;
  if (focused) fresh.querySelector('[data-focus="' + focused + '"]')?.focus({ preventScroll: true });
}

/** Row by row, so that one which has not changed stays as it is, with its focus. */
function adoptRows(fresh, old) {
  const before = new Map([...old.children].map((row) => [row.dataset.key, row]));
  const changed = [];
  const rows = [...fresh.children].map((row) => {
    const known = before.get(row.dataset.key);
    before.delete(row.dataset.key);
    if (known && said.get(known) === row.outerHTML) return known;
    if (known?.dataset.says !== row.dataset.says) changed.push(row.dataset.says);
    if (known) adopt(row, known);
    else {
      remember(row);
      tellTimes(row);
      row.classList.add('fresh');
    }
    return row;
  });
  for (const gone of before.values()) gone.remove();
  for (const [index, row] of rows.entries()) {
    const there = old.children[index];
    if (there !== row) old.insertBefore(row, there ?? null);
  }
  return changed;
}

function adoptAll(fragment) {
  const changed = [];
  for (const fresh of fragment.querySelectorAll('[data-live]')) {
    const old = document.getElementById(fresh.id);
    if (!old || said.get(old) === fresh.outerHTML) continue;
    if ('keepPlaying' in old.dataset && old.querySelector('audio')) continue;
    const [rows, oldRows] = [fresh, old].map((part) => part.querySelector('tbody'));
    if (rows && oldRows) {
      const whole = fresh.outerHTML;
      changed.push(...adoptRows(rows, oldRows));
      for (const place of ['.heading', '.note', '.pages']) {
        const [a, b] = [fresh, old].map((part) => part.querySelector(place));
        if (a && b && a.outerHTML !== b.outerHTML) b.replaceWith(a);
      }
      said.set(old, whole);
      continue;
    }
    if (fresh.dataset.says && fresh.dataset.says !== old.dataset.says) changed.push(fresh.dataset.says);
    if (rows) changed.push(...[...rows.children].map((row) => row.dataset.says));
    adopt(fresh, old);
  }
  if (changed.length === 1) news.textContent = changed[0] + '.';
  else if (changed.length > 0) news.textContent = changed.length + ' memos have changed.';
}

async function poll() {
  if (document.hidden) return;
  const headers = etag ? { 'If-None-Match': etag } : {};
  const answer = await fetch(main.dataset.poll, { headers, cache: 'no-store', signal: AbortSignal.timeout(10_000) });
  if (answer.status === 401) return location.reload();
  if (answer.status === 404 && main.querySelector('#story')) return location.reload();
  if (answer.status === 304) return;
  if (answer.status !== 200) throw new Error('no news');
  etag = answer.headers.get('etag');
  adoptAll(new DOMParser().parseFromString(await answer.text(), 'text/html'));
}

if (main) {
  remember(main);
  let asked = Promise.resolve();
  // A bridge may be stopped and started again: a failed look is only tried later.
  const again = () => (asked = asked.then(poll).then(() => true, () => false));
  (function next(wellAnswered) {
    const soon = wellAnswered && main.querySelector('[data-moving]');
    setTimeout(() => again().then(next), soon ? SOON_MS : POLL_MS);
  })(true);
  document.addEventListener('visibilitychange', again);
}
tellTimes(document);

/** Signed when it is wanted, and signed anew where it has run out: a person may pause for longer than it is good for. */
async function addressOf(form) {
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'application/json' } });
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new Error('no audio');
  return answer.json();
}

document.addEventListener('submit', async (event) => {
  const form = event.target.closest('[data-listen]');
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector('button');
  button.disabled = true;
  try {
    const { url } = await addressOf(form);
    const player = document.createElement('audio');
    player.controls = true;
    player.src = url;
    follow(player);
    renew(player, form);
    form.hidden = true;
    form.after(player);
    player.focus();
    player.play().catch(() => {}); // paused at once, or a browser that wants another click
  } catch {
    button.textContent = 'It did not come. Try again';
  }
  button.disabled = false;
});

function renew(player, form) {
  let since = performance.now();
  player.addEventListener('error', async () => {
    if (performance.now() - since < 60_000) {
      player.replaceWith(Object.assign(document.createElement('p'), { textContent: 'This browser does not play it.' }));
      return;
    }
    since = performance.now();
    const at = player.currentTime;
    player.src = (await addressOf(form)).url;
    player.currentTime = at;
    await player.play();
  });
}

function follow(player) {
  const wave = document.querySelector('[data-wave]');
  if (!wave) return;
  const width = wave.viewBox.baseVal.width;
  const draw = () => {
    const part = player.duration > 0 ? player.currentTime / player.duration : 0;
    wave.querySelector('clipPath rect').setAttribute('width', String(width * part));
    if (!player.paused) requestAnimationFrame(draw);
  };
  for (const event of ['play', 'seeked', 'ended', 'pause']) player.addEventListener(event, draw);
  wave.addEventListener('click', (event) => {
    const box = wave.getBoundingClientRect();
    if (player.duration > 0) player.currentTime = ((event.clientX - box.left) / box.width) * player.duration;
  });
}
for (const player of document.querySelectorAll('audio')) follow(player);
`;
