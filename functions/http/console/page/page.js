// The page's script. It fetches the parts of the page that change, fetches the audio on a click, and shows times in the
// reader's time zone. Every form and link works without the script.

const POLL_MS = 1500;
/** While a memo on the page is about to change. */
const FAST_POLL_MS = 500;
/** A presigned URL is good for minutes: an error that comes sooner than this has another cause. */
const URL_GOOD_MS = 60_000;

/** A screen reader reads so many sentences of news at once. */
const MOST_SAID = 3;

/** @type {HTMLElement | null} */
const main = document.querySelector('main[data-poll]');
const news = document.getElementById('news');
/**
 * The HTML of each live part as the server sent it last, by the part's id.
 * @type {Map<string, string>}
 */
const lastHtml = new Map();
/** @type {string | null} */
let etag = null;

/** @param {ParentNode} root */
function showLocalTimes(root) {
  for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (root.querySelectorAll('time[data-moment]'))) {
    const at = new Date(time.dateTime);
    time.title = time.textContent;
    const { moment } = time.dataset;
    const timeStyle = moment === 'minute' ? 'short' : 'medium';
    const local = at.toLocaleString([], { ...(!moment && { dateStyle: 'medium' }), timeStyle });
    // A log is in UTC, so a whole time says both.
    const utc = !moment && at.getTimezoneOffset() !== 0 ? ` (${time.dateTime.slice(11, 19)} UTC)` : '';
    time.textContent = local + utc;
  }
  for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (root.querySelectorAll('time:not([data-moment])'))) {
    const utc = `${time.dateTime.slice(0, 10)} ${time.dateTime.slice(11, 19)} UTC`;
    time.title = `${new Date(time.dateTime).toLocaleString()} (${utc})`;
  }
}

/**
 * The sentence about each memo and webhook for screen readers, by the id of its element.
 * @param {ParentNode} root
 */
function newsById(root) {
  const elements = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll('[data-news]'));
  return new Map([...elements].map(({ id, dataset }) => [id, dataset.news]));
}

/** @param {ParentNode} fresh the live parts, as the server sends them */
function update(fresh) {
  const before = newsById(document);
  showLocalTimes(fresh);
  for (const part of fresh.querySelectorAll('[data-live]')) {
    const shown = document.getElementById(part.id);
    if (!shown || lastHtml.get(part.id) === part.outerHTML) continue;
    // A player that is replaced falls silent.
    if ('keepPlaying' in shown.dataset && shown.querySelector('audio')) continue;
    lastHtml.set(part.id, part.outerHTML);
    Idiomorph.morph(shown, part, { callbacks });
  }
  const changed = [...newsById(document)].flatMap(([id, text]) => (before.get(id) === text ? [] : [text]));
  const said = changed.filter(Boolean);
  if (!news || said.length === 0) return;
  news.textContent =
    said.length <= MOST_SAID ? `${said.join('. ')}.` : `${said.length} lines of this page have changed.`;
}

/** @type {import('idiomorph').ConfigCallbacks} */
const callbacks = {
  afterNodeAdded(node) {
    if (node instanceof HTMLTableRowElement) node.classList.add('fresh');
  },
  // The reader opens and closes <details>, and chooses memos; the server knows nothing of this.
  beforeAttributeUpdated: (name, element) =>
    !(name === 'open' && element instanceof HTMLDetailsElement) &&
    !(name === 'checked' && element instanceof HTMLInputElement),
};

/** The bridge answered, and not with the page. The message is a sentence for the reader. */
class Trouble extends Error {}

/**
 * The sentence of an error page.
 * @param {Response} answer
 */
async function troubleIn(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  return page.querySelector('.ask p')?.textContent ?? `The bridge answered ${answer.status}.`;
}

/**
 * @param {string} url of the live parts
 * @throws Error where the bridge does not answer with them
 */
async function poll(url) {
  if (document.hidden) return;
  const answer = await fetch(url, {
    headers: etag ? { 'If-None-Match': etag } : {},
    cache: 'no-store',
    signal: AbortSignal.timeout(10_000),
  });
  if (answer.status === 401) return location.reload();
  if (answer.status === 404 && document.getElementById('story')) return location.reload();
  if (answer.status === 304) return;
  if (answer.status !== 200) throw new Trouble(await troubleIn(answer));
  etag = answer.headers.get('etag');
  update(new DOMParser().parseFromString(await answer.text(), 'text/html'));
}

/** @param {HTMLElement} main */
function pollForEver(main) {
  for (const part of main.querySelectorAll('[data-live]')) lastHtml.set(part.id, part.outerHTML);
  /** Whether the bridge answered. @type {Promise<boolean>} */
  let answered = Promise.resolve(true);
  let lastAnswer = new Date();
  /** @param {unknown} [error] @returns {boolean} whether the bridge answered with the page */
  const note = (error) => {
    if (!error) lastAnswer = new Date();
    const since = lastAnswer.toLocaleTimeString();
    if (error instanceof Trouble) showContact(`${error.message} This page is as it was at ${since}.`);
    else showContact(error ? `No contact with the bridge since ${since}. This page is old.` : '');
    return !error;
  };
  // A bridge may be stopped and started again: after a failure the page asks again later.
  const pollNow = () => {
    answered = answered
      .then(() => poll(main.dataset.poll ?? ''))
      .then(
        () => note(),
        (error) => note(error ?? new Error()),
      );
    return answered;
  };
  /** @param {boolean} ok */
  const wait = (ok) => {
    const fast = ok && main.querySelector('[data-poll-fast]');
    setTimeout(() => pollNow().then(wait), fast ? FAST_POLL_MS : POLL_MS);
  };
  wait(true);
  document.addEventListener('visibilitychange', pollNow);
}

/**
 * Says that the page is old, or removes the sentence.
 * @param {string} text
 */
function showContact(text) {
  const contact = document.getElementById('contact');
  if (contact && contact.textContent !== text) contact.textContent = text;
}

/** @param {MouseEvent} event */
async function copy(event) {
  const button = event.target;
  if (!(button instanceof HTMLButtonElement) || button.dataset.copy === undefined) return;
  const done = await navigator.clipboard.writeText(button.dataset.copy).then(
    () => true,
    () => false,
  );
  const label = [...button.childNodes];
  button.textContent = done ? 'Copied' : 'Not copied';
  setTimeout(() => button.replaceChildren(...label), 2000);
}

/**
 * Asks for a presigned URL of the audio.
 * @param {HTMLFormElement} form
 * @returns {Promise<string>}
 */
async function audioUrl(form) {
  const fields = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
  const body = new URLSearchParams(fields);
  const answer = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'application/json' } });
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new Error(`the bridge answered ${answer.status}`);
  return (await answer.json()).url;
}

/** @param {SubmitEvent} event */
async function listen(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !('listen' in form.dataset)) return;
  event.preventDefault();
  const button = form.querySelector('button');
  if (!button) return;
  button.disabled = true;
  try {
    const player = document.createElement('audio');
    player.controls = true;
    player.src = await audioUrl(form);
    showProgress(player);
    renewUrl(player, form);
    form.hidden = true;
    form.after(player);
    player.focus();
    player.play().catch(() => {}); // the reader paused at once, or the browser wants another click
  } catch {
    button.textContent = 'The audio did not load. Try again';
  }
  button.disabled = false;
}

/**
 * A reader may pause for longer than the URL is good for. The player then goes on with a new URL.
 * @param {HTMLAudioElement} player
 * @param {HTMLFormElement} form
 */
function renewUrl(player, form) {
  let since = performance.now();
  player.addEventListener('error', async () => {
    if (performance.now() - since < URL_GOOD_MS) {
      const note = document.createElement('p');
      note.textContent = 'This browser cannot play this audio.';
      player.replaceWith(note);
      return;
    }
    since = performance.now();
    const at = player.currentTime;
    player.src = await audioUrl(form);
    player.currentTime = at;
    await player.play();
  });
}

/**
 * Colours the waveform as far as the audio has played. A click on the waveform seeks.
 * @param {HTMLAudioElement} player
 */
function showProgress(player) {
  /** @type {SVGSVGElement | null} */
  const wave = document.querySelector('svg[data-wave]');
  if (!wave) return;
  const width = wave.viewBox.baseVal.width;
  const draw = () => {
    const part = player.duration > 0 ? player.currentTime / player.duration : 0;
    wave.querySelector('clipPath rect')?.setAttribute('width', String(width * part));
    if (!player.paused) requestAnimationFrame(draw);
  };
  for (const event of ['play', 'seeked', 'ended', 'pause']) player.addEventListener(event, draw);
  wave.addEventListener('click', (event) => {
    const box = wave.getBoundingClientRect();
    if (player.duration > 0) player.currentTime = ((event.clientX - box.left) / box.width) * player.duration;
  });
}

if (navigator.clipboard) document.documentElement.classList.add('can-copy');
showLocalTimes(document);
if (main) pollForEver(main);
document.addEventListener('submit', listen);
document.addEventListener('click', copy);
for (const player of document.querySelectorAll('audio')) showProgress(player);
