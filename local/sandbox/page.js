// Shows new memos without a reload. While something plays nothing is touched: a replaced player would fall silent.
const refreshMs = 2000;

async function refresh() {
  const playing = [...document.querySelectorAll('audio')].some((player) => !player.paused);
  if (document.hidden || playing) return;
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
  const shown = document.querySelector('main');
  if (fresh.innerHTML !== shown.innerHTML) shown.replaceWith(fresh);
}

// The sandbox may be stopped and started again: a failed look is only tried later.
setInterval(() => refresh().catch(() => {}), refreshMs);
