// The page of the local workspace. The server draws everything; this script
// patches what it sends, sends what a person does, and keeps half-typed text.
'use strict';

const me = document.body.dataset.me;
const here = document.body.dataset.here;
const $ = id => document.getElementById(id);
const clean = new URL(location.href);
if (clean.searchParams.has('key')) { // the cookie has it now
  clean.searchParams.delete('key');
  history.replaceState(null, '', clean);
}

// --- Patching -------------------------------------------------------------

// keep carries what a person typed or opened over into the new drawing, unless
// the app itself sent another initial value.
function keep(was, now) {
  if (was.nodeType !== 1) return;
  switch (was.tagName) {
    case 'TEXTAREA':
      if (was.dataset.initial === now.dataset.initial) now.value = was.value;
      break;
    case 'SELECT':
      if (was.dataset.initial !== now.dataset.initial) break;
      if ([...now.options].some(o => o.value === was.value)) now.value = was.value;
      break;
    case 'INPUT':
      if (was.type === 'radio' || was.type === 'checkbox') {
        if (was.defaultChecked === now.defaultChecked) now.checked = was.checked;
      } else if (was.type === 'file') return false;
      else if (was.dataset.initial === now.dataset.initial) now.value = was.value;
      break;
    case 'UL':
      if (was.matches('.suggest, .attached')) return false;
      break;
    case 'P':
      if (was.matches('.said')) return false;
      break;
  }
}

const morphing = {
  morphStyle: 'innerHTML',
  callbacks: {
    beforeNodeMorphed: keep,
    // What is open stays open and in its place, what is busy stays busy.
    beforeAttributeUpdated: (name, node) => !(name === 'open' || name === 'aria-busy' || (name === 'class' && node.matches('.composer'))),
  },
};

const atEnd = box => box.scrollHeight - box.scrollTop - box.clientHeight < 48;
const toEnd = box => { box.scrollTop = box.scrollHeight; };

function patch(regions) {
  const was = place(document.activeElement), blocks = blocksOf(openForm());
  const boxes = ['messages', 'thread-messages'].map($).filter(Boolean).map(box => [box, atEnd(box), box.querySelectorAll('[data-ts]').length]);
  for (const [id, html] of Object.entries(regions)) {
    const region = $(id);
    if (region) Idiomorph.morph(region, html, morphing);
  }
  for (const [box, was, count] of boxes) {
    const more = box.querySelectorAll('[data-ts]').length > count;
    if (was) toEnd(box);
    else if (more && box.id === 'messages' && $('newer')) $('newer').hidden = false;
  }
  markUnread();
  showModal();
  settle(was, blocks);
}

const openForm = () => document.querySelector('#modal > dialog');

// showModal opens the form that the app opened. The browser keeps the focus inside.
function showModal() {
  const dialog = openForm();
  if (!dialog || dialog.open) return;
  sessionStorage.setItem('form ' + dialog.dataset.view, here);
  dialog.addEventListener('cancel', e => {
    if (e.target !== dialog) return;
    e.preventDefault();
    closeModal(dialog.dataset.view);
  });
  dialog.showModal();
}

// --- Focus ----------------------------------------------------------------

// Whoever works with the keyboard stays where they were: in what took the place of the
// control that had the focus, in the form that opened, or at what opened it.

const regions = '#modal .modal-body, #messages, #thread-messages, #home';
const focusable = ':is(button, select, input, textarea, summary, a[href]):not(:disabled)';
const shown = el => el?.isConnected && (el.checkVisibility({ visibilityProperty: true }) ? el : el.closest('details')?.querySelector('summary'));
const controls = within => [...within.querySelectorAll(focusable)].filter(el => el.checkVisibility());
const inBlock = (within, block) => controls(within).filter(el => el.closest('[data-block]')?.dataset.block === block);

// place says where a control is, so that its successor is found.
function place(el) {
  if (!el || el === document.body) return null;
  const region = el.closest(regions), message = el.closest('article.message'), block = el.closest('[data-block]')?.dataset.block;
  const within = message || region;
  return { el, id: el.id, region: region && (region.id || 'modal'), message: message?.id, block,
    nth: within && block ? inBlock(within, block).indexOf(el) : -1, at: within ? controls(within).indexOf(el) : -1 };
}

// find is what now stands at a place: the control itself, or the one that replaced it.
function find(was) {
  if (!was) return null;
  const itself = shown((was.id && $(was.id)) || was.el);
  if (itself || !was.region) return itself;
  const region = was.region === 'modal' ? document.querySelector('#modal .modal-body') : $(was.region);
  const within = was.message ? $(was.message) : region;
  if (!within) return region;
  const siblings = was.block ? inBlock(within, was.block) : [], all = controls(within);
  return siblings[Math.min(Math.max(was.nth, 0), siblings.length - 1)] || all[Math.min(was.at, all.length - 1)] || region;
}

const left = new Map(); // where the focus was last, by form; '' is the page itself
const refused = new Map(); // how often a form was refused, by form
let onTop = ''; // the form that has the focus

document.addEventListener('focusin', e => {
  const dialog = e.target.closest('dialog, [popover]');
  if (!dialog) left.set('', place(e.target));
  else if (dialog.dataset.view === onTop) left.set(dialog.dataset.view, place(e.target));
});

// begin is where one begins in a form: its first field, or its beginning if it has none.
function begin(dialog) {
  const field = controls(dialog).find(el => el.closest('.modal-body .input'));
  const radio = field?.type === 'radio' && field.closest('[role=radiogroup]').querySelector(':checked');
  return radio || field || dialog.querySelector('.modal-body');
}

const blocksOf = dialog => new Set([...(dialog?.querySelectorAll('[data-block]') || [])].map(el => el.dataset.block));

// settle puts the focus where it belongs after a drawing.
function settle(was, blocks) {
  const dialog = openForm(), view = dialog?.dataset.view || '', body = dialog?.querySelector('.modal-body');
  const active = document.activeElement, lost = !active || active === document.body || active === dialog;
  const go = el => el?.focus();
  if (dialog && dialog.dataset.refused !== (refused.get(view) || '0')) {
    refused.set(view, dialog.dataset.refused);
    onTop = view;
    const wrong = dialog.querySelector('[aria-invalid=true]');
    const field = wrong?.matches(focusable) ? wrong : wrong && controls(wrong)[0];
    if (field) {
      go(field);
      return wrong.closest('.input')?.scrollIntoView({ block: 'nearest' });
    }
  }
  if (view !== onTop) { // opened, or closed: of one that was below another, where it was left
    onTop = view;
    if (!dialog) return go(find(left.get('')) || $('messages') || $('home'));
    return go(find(left.get(view)) || begin(dialog));
  }
  if (!dialog) return lost && was && go(find(was));
  const now = blocksOf(dialog), other = blocks.size > 0 && ![...now].some(b => blocks.has(b));
  // Its fields came only now, or they are those of another step.
  if (active === body || other && (lost || active.closest('footer'))) return go(begin(dialog));
  if (lost) go(find(was) || begin(dialog));
}

// What was typed last is on its way when the form is sent off.
const underway = new Set();
const closeModal = async view => { await Promise.allSettled(underway); return post('close', { view }); };
async function submitModal(button) {
  button.setAttribute('aria-busy', 'true');
  await Promise.allSettled(underway);
  await post('submit', { view: button.dataset.submitView });
  button.removeAttribute('aria-busy');
}

let source, lost;
function listen() {
  source = new EventSource('events' + clean.search);
  source.addEventListener('patch', e => patch(JSON.parse(e.data)));
  source.onopen = () => { clearTimeout(lost); lost = 0; $('offline').hidden = true; };
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) {
      $('offline').textContent = 'This page is out of date. Open the address that “visitprep try” printed last.';
      $('offline').hidden = false;
    } else if (!lost) lost = setTimeout(() => { $('offline').hidden = false; }, 1500);
  };
}
// A browser opens few connections to one host: a hidden page gives its own back.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) source.close(); else listen();
});

// markUnread shows which channels have something newer than was last seen.
function markUnread() {
  for (const a of document.querySelectorAll('#sidebar [data-latest]')) {
    const key = 'seen ' + me + ' ' + a.dataset.channel;
    if (a.dataset.channel === here || !localStorage.getItem(key)) localStorage.setItem(key, a.dataset.latest || '0');
    const unread = a.dataset.latest > localStorage.getItem(key);
    a.classList.toggle('unread', unread);
    a.title = unread ? 'Unread messages' : '';
  }
}

// --- Sending --------------------------------------------------------------

async function post(path, body) {
  let answer;
  try {
    answer = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ as: me, ...body }) });
  } catch {
    return fail('The workspace is not responding. Is it still running?');
  }
  if (answer.ok) return true;
  const { error } = await answer.json().catch(() => ({}));
  return fail(error || 'That did not work (' + answer.status + ').');
}

let hiding;
function fail(text) {
  const toast = $('toast');
  toast.firstElementChild.textContent = text;
  toast.hidePopover(); // shown again, it lies above a dialog that was opened since
  toast.showPopover();
  clearTimeout(hiding);
  hiding = setTimeout(() => toast.hidePopover(), 12000);
  return false;
}

async function act(control, value, values) {
  const message = control.closest('[data-ts]');
  const view = control.closest('[data-view]')?.dataset.view;
  if (!message && !view && !control.closest('[data-home]')) return;
  const { action, block } = control.dataset;
  const dialog = control.closest('.confirmed')?.querySelector(':scope > dialog');
  const send = async () => {
    if (dialog && control.tagName === 'A') open(control.href, '_blank', 'noopener');
    control.setAttribute('aria-busy', 'true');
    const sent = post('act', { channel: message?.dataset.in, ts: message?.dataset.ts, home: !message && !view, view, block, action, value, values });
    underway.add(sent);
    const ok = await sent;
    underway.delete(sent);
    control.removeAttribute('aria-busy');
    return ok;
  };
  if (!dialog) return send();
  dialog.returnValue = '';
  dialog.onclose = () => {
    if (dialog.open) return; // the event of an earlier closing, come late
    dialog.onclose = null;
    if (dialog.returnValue === 'confirm') send(); else reset(control);
  };
  dialog.showModal();
}

// moveClock moves the clock; quick presses wait for each other.
let moves = 0;
function moveClock(control, value) {
  const bar = $('clock');
  moves++;
  bar.setAttribute('aria-busy', 'true');
  control.setAttribute('aria-busy', 'true');
  return post('clock', { value }).finally(() => {
    if (--moves > 0) return;
    for (const busy of [bar, ...bar.querySelectorAll('[aria-busy]')]) busy.removeAttribute('aria-busy');
  });
}

// reset puts a control back that a person changed and then did not confirm.
function reset(control) {
  for (const o of control.querySelectorAll('option')) o.selected = o.defaultSelected;
  for (const i of control.querySelectorAll('input')) i.checked = i.defaultChecked;
  if (control.tagName === 'INPUT' || control.tagName === 'TEXTAREA') control.value = control.defaultValue;
}

document.addEventListener('click', e => {
  const hit = selector => e.target.closest(selector);
  let el;
  // A click elsewhere closes what popped up.
  for (const popup of document.querySelectorAll('details.popup[open]')) if (!popup.contains(e.target)) popup.open = false;
  if ((el = hit('[data-dialog]'))) return el.closest('dialog').close(el.dataset.dialog);
  if ((el = hit('button[data-action], a[data-action]'))) {
    // A link with a confirmation opens only after it; the others at once, as in Slack.
    if (el.tagName === 'A' && el.closest('.confirmed')) e.preventDefault();
    return act(el, el.dataset.value);
  }
  if ((el = hit('[data-submit-view]'))) return submitModal(el);
  if ((el = hit('[data-close-view]'))) return closeModal(el.dataset.closeView);
  if ((el = hit('[data-clock]'))) return moveClock(el, el.dataset.clock);
  if ((el = hit('[data-shortcut]'))) {
    const message = el.closest('[data-ts]'), popup = el.closest('details');
    if (popup) {
      popup.open = false;
      popup.querySelector('summary').focus();
    }
    return post('shortcut', { action: el.dataset.shortcut, channel: message?.dataset.in, ts: message?.dataset.ts });
  }
  if ((el = hit('[data-attach]'))) return $(el.dataset.attach).click();
  if ((el = hit('[data-unattach]'))) return unattach(el);
  if ((el = hit('[data-unfile]'))) {
    const input = el.closest('.file-input');
    return act(input, '', chosenIn(input).filter(id => id !== el.dataset.unfile));
  }
  if ((el = hit('[data-delete-file]'))) return post('delete-file', { value: el.dataset.deleteFile });
  if ((el = hit('[data-change]'))) {
    el.setAttribute('aria-busy', 'true');
    const value = $(el.closest('.change').id + '-value')?.value;
    return post('change', { channel: $('changes').dataset.in, action: el.dataset.change, value }).finally(() => el.removeAttribute('aria-busy'));
  }
  if ((el = hit('[data-fill]'))) return fill(el.dataset.fill);
  if ((el = hit('#invite'))) return post('invite', { channel: el.dataset.in });
  if (hit('#toast .close')) $('toast').hidePopover();
  if (hit('#open-sidebar')) return openSidebar(true);
  if (hit('#veil')) return openSidebar(false);
  if (hit('#newer')) { toEnd($('messages')); $('newer').hidden = true; }
});

// A menu chooses with each letter that is typed, and a form that is drawn anew would forget the
// letters before: the choice counts once the typing pauses, or the menu is left.
let typedAt = 0, counts;
document.addEventListener('keydown', e => { if (e.target.tagName === 'SELECT' && e.key.length === 1) typedAt = Date.now(); }, true);

function onceTyped(select, choose) {
  counts?.abort();
  if (Date.now() - typedAt > 500) return choose();
  counts = new AbortController();
  const { signal } = counts, now = () => { if (!signal.aborted) { counts.abort(); choose(); } };
  setTimeout(now, 500);
  select.addEventListener('blur', now, { signal });
}

document.addEventListener('change', e => {
  if (e.target.type === 'file') {
    add(e.target.closest('form.composer, .file-input'), [...e.target.files]);
    e.target.value = '';
    return;
  }
  const control = e.target.closest('[data-action]');
  if (!control) return;
  const el = e.target;
  if (control.matches('[role=combobox]')) return; // only what was taken from its list counts
  if (control.matches('.several, .boxes')) return act(control, '', [...control.querySelectorAll(':checked')].map(c => c.value));
  if (el.tagName === 'SELECT') return onceTyped(el, () => act(control, el.value));
  act(control, el.value);
});

document.addEventListener('keydown', e => {
  if (e.key === 'Escape') {
    const popup = document.querySelector('details.popup[open]');
    if (popup) {
      popup.open = false;
      popup.querySelector('summary').focus();
    }
    openSidebar(false);
  }
});

$('messages')?.addEventListener('scroll', () => { if (atEnd($('messages')) && $('newer')) $('newer').hidden = true; }, { passive: true });

function openSidebar(open) {
  if (document.body.classList.contains('nav-open') === open) return;
  document.body.classList.toggle('nav-open', open);
  $('veil').hidden = !open;
  $('open-sidebar').setAttribute('aria-expanded', open);
  if (open) $('sidebar').querySelector('a').focus(); else $('open-sidebar').focus();
}

// --- The message boxes ----------------------------------------------------

const box = el => el.closest('form.composer');
const draftKey = form => 'draft ' + me + ' ' + form.dataset.channelId + ' ' + form.dataset.thread;

function changed(text) {
  const form = box(text);
  form.classList.toggle('ready', text.value.trim() !== '' || !attached(form).hidden);
  if (text.value) sessionStorage.setItem(draftKey(form), text.value); else sessionStorage.removeItem(draftKey(form));
  if (!CSS.supports('field-sizing', 'content')) {
    text.style.height = 'auto';
    text.style.height = text.scrollHeight + 'px';
  }
}

function fill(value) {
  const text = $('composer-text');
  if (!text || text.disabled) return;
  text.value = value;
  text.focus();
  text.setSelectionRange(value.length, value.length);
  changed(text);
  suggest(text);
}

async function submit(form) {
  await Promise.allSettled(arriving.get(form.id) || []);
  const text = form.querySelector('textarea'), value = text.value;
  const files = value.startsWith('/') ? [] : heldBy(form); // a command takes none: they stay
  if (value.trim() === '' && !files.length) return;
  text.value = '';
  if (files.length) { hold(form, []); tell(form, ''); }
  changed(text);
  hide(form);
  const list = form.closest('#thread') ? $('thread-messages') : $('messages');
  if (list) toEnd(list);
  const ok = await post('say', { channel: form.dataset.channelId, thread: form.dataset.thread, text: value, files: files.map(f => f.id) });
  if (!ok && text.value === '') { // nothing is lost
    text.value = value;
    if (files.length) hold(form, files);
    changed(text);
  }
}

document.addEventListener('submit', e => {
  e.preventDefault();
  if (e.target.id === 'clock-day') return moveClock(e.target, $('clock-to').value);
  const form = box(e.target);
  if (form) submit(form).then(() => form.querySelector('textarea').focus());
});
document.addEventListener('input', e => {
  if (e.target.matches('.composer textarea')) { changed(e.target); suggest(e.target); }
});
document.addEventListener('focusout', e => {
  if (e.target.matches?.('.composer textarea')) hide(box(e.target));
});

document.addEventListener('keydown', e => {
  if (!e.target.matches('.composer textarea') || e.isComposing) return;
  const form = box(e.target), list = form.querySelector('.suggest');
  const items = list.hidden ? [] : [...list.querySelectorAll('[role=option]')];
  const at = items.findIndex(i => i.getAttribute('aria-selected') === 'true');
  if (items.length) {
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      return select(items, (at + (e.key === 'ArrowDown' ? 1 : items.length - 1)) % items.length, e.target);
    }
    if (e.key === 'Escape') { e.preventDefault(); e.stopPropagation(); return hide(form); }
    const typed = e.target.value.slice(Number(items[at].dataset.from)).trim();
    if (!e.shiftKey && (e.key === 'Tab' || e.key === 'Enter' && typed !== items[at].dataset.take)) {
      e.preventDefault();
      return take(e.target, items[at]);
    }
  }
  if (e.key === 'Enter' && !e.shiftKey) {
    e.preventDefault();
    enterSends = true;
    submit(form);
  }
});

// The key's own character never reaches the box, however the key was sent, nor the form that the
// message opened before the character came: there it would open the first menu.
let enterSends = false;
document.addEventListener('keypress', e => {
  const inBox = e.target.matches('.composer textarea') && !e.shiftKey && !e.isComposing;
  if (e.key === 'Enter' && (enterSends || inBox)) e.preventDefault();
}, true);
document.addEventListener('keyup', e => { if (e.key === 'Enter') enterSends = false; }, true);

// suggest offers commands at the start of a line and people after an @.
function suggest(text) {
  const form = box(text), before = text.value.slice(0, text.selectionStart);
  const commands = JSON.parse(form.dataset.commands || '[]'), people = JSON.parse(form.dataset.people || '[]');
  let rows = [], from = 0, head = '', found;
  if ((found = before.match(/^\/\S*$/))) {
    head = 'Commands';
    rows = commands.filter(c => c.name.startsWith(before)).map(c => ({ take: c.name, name: c.name, usage: c.usage, about: c.about }));
  } else if ((found = before.match(/^(\/\S+)\s/)) && !text.value.includes('\n')) {
    // While its words are typed, the command's usage stays in sight.
    const c = commands.find(c => c.name === found[1]);
    if (c?.usage) head = c.name + ' ' + c.usage;
  }
  if (!rows.length && (found = before.match(/(?:^|[\s(])@([\w.-]*)$/))) {
    from = before.length - found[1].length - 1;
    const part = found[1].toLowerCase();
    const some = people.filter(p => p.handle.toLowerCase().startsWith(part) || p.name.toLowerCase().startsWith(part));
    if (some.length) {
      head = 'People and apps';
      rows = some.map(p => ({ take: '@' + p.handle, name: '@' + p.handle, about: p.name }));
    }
  }
  const list = form.querySelector('.suggest');
  list.replaceChildren();
  if (!rows.length && !head) return hide(form);
  const element = (tag, name, words) => Object.assign(document.createElement(tag), { className: name, textContent: words });
  list.append(Object.assign(element('li', 'head', head), { role: 'presentation' }));
  rows.forEach((row, i) => {
    const li = document.createElement('li');
    li.id = list.id + '-' + i;
    li.setAttribute('role', 'option');
    li.dataset.take = row.take;
    li.dataset.from = from;
    li.append(element('strong', '', row.name));
    if (row.usage) li.append(element('span', 'usage', row.usage));
    if (row.about) li.append(element('span', 'about', row.about));
    li.addEventListener('pointerdown', e => { e.preventDefault(); take(text, li); });
    list.append(li);
  });
  list.hidden = false;
  select([...list.querySelectorAll('[role=option]')], 0, text);
}

function select(items, at, text) {
  items.forEach((item, i) => item.setAttribute('aria-selected', i === at));
  if (!items[at]) return text.removeAttribute('aria-activedescendant');
  text.setAttribute('aria-activedescendant', items[at].id);
  items[at].scrollIntoView({ block: 'nearest' });
}

function take(text, item) {
  const from = Number(item.dataset.from), to = text.selectionStart;
  text.setRangeText(item.dataset.take + ' ', from, to, 'end');
  text.focus();
  changed(text);
  suggest(text);
}

function hide(form) {
  form.querySelector('.suggest').hidden = true;
  form.querySelector('textarea').removeAttribute('aria-activedescendant');
}

// --- Menus that the app fills ---------------------------------------------

const where = control => {
  const message = control.closest('[data-ts]'), view = control.closest('[data-view]')?.dataset.view;
  return { channel: message?.dataset.in, ts: message?.dataset.ts, home: !message && !view, view, block: control.dataset.block, action: control.dataset.action };
};
const offeredBy = input => input.parentElement.querySelector('.offered');
const offers = input => [...offeredBy(input).querySelectorAll('[role=option]')];

function fold(input) {
  offeredBy(input).hidden = true;
  input.setAttribute('aria-expanded', 'false');
  input.removeAttribute('aria-activedescendant');
}

let asking = 0;
async function lookUp(input) {
  const mine = ++asking, value = input.value.trim();
  if (value.length < Number(input.dataset.least)) return fold(input);
  await new Promise(wait => setTimeout(wait, 120));
  if (mine !== asking) return; // more was typed
  const answer = await fetch('suggest', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ as: me, ...where(input), value }) }).catch(() => null);
  const found = answer?.ok ? await answer.json() : [];
  if (mine !== asking || document.activeElement !== input) return;
  const list = offeredBy(input);
  list.replaceChildren(...found.map((o, i) => {
    const li = Object.assign(document.createElement('li'), { id: list.id + '-' + i, textContent: o.text });
    li.setAttribute('role', 'option');
    li.dataset.value = o.value;
    li.addEventListener('pointerdown', e => { e.preventDefault(); choose(input, li); });
    return li;
  }));
  if (!found.length) list.append(Object.assign(document.createElement('li'), { className: 'head', textContent: answer?.ok ? 'Nothing fits.' : 'Options failed to load.' }));
  list.hidden = false;
  input.setAttribute('aria-expanded', 'true');
  select(offers(input), 0, input);
}

function choose(input, li) {
  asking++;
  input.value = input.dataset.chosen = li.textContent;
  fold(input);
  return act(input, li.dataset.value);
}

// leave puts back what was chosen, or takes the choice away where nothing is typed any more.
function leave(input) {
  asking++;
  fold(input);
  if (input.value.trim() === '' && input.dataset.chosen) {
    input.dataset.chosen = '';
    act(input, '');
  }
  input.value = input.dataset.chosen;
}

document.addEventListener('input', e => { if (e.target.matches('.lookup input')) lookUp(e.target); });
document.addEventListener('focusout', e => { if (e.target.matches?.('.lookup input')) leave(e.target); });
document.addEventListener('keydown', e => {
  if (!e.target.matches('.lookup input') || e.isComposing || offeredBy(e.target).hidden) return;
  const items = offers(e.target), at = items.findIndex(i => i.getAttribute('aria-selected') === 'true');
  if (e.key === 'Escape') {
    e.preventDefault();
    e.stopPropagation();
    return fold(e.target);
  }
  if (!items.length) return;
  if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
    e.preventDefault();
    return select(items, (at + (e.key === 'ArrowDown' ? 1 : items.length - 1)) % items.length, e.target);
  }
  if (e.key === 'Enter') {
    e.preventDefault();
    choose(e.target, items[Math.max(at, 0)]);
  }
});

// --- Files ----------------------------------------------------------------

// A file is uploaded when it is picked, dropped or pasted, and sent with the message or the
// form. What a message box holds survives a reload, as its text does.

const attached = form => form.querySelector('.attached');
const filesKey = form => draftKey(form).replace('draft', 'files');
const heldBy = form => [...attached(form).children].filter(li => li.dataset.file).map(li => ({ id: li.dataset.file, name: li.dataset.name, picture: li.dataset.picture === 'true' }));
const chosenIn = input => [...input.querySelectorAll('[data-file]')].map(li => li.dataset.file);
const arriving = new Map(); // what is on its way, by message box

// tell says in words, for who sees and who hears, how far the files of a place are.
function tell(place, words) {
  const said = (place.matches('form') ? place.parentElement : place).querySelector('.said');
  if (said) said.textContent = words;
}

// upload sends one file and gives its id; progress is told from 0 to 1.
function upload(file, progress) {
  return new Promise(done => {
    const request = new XMLHttpRequest();
    request.open('POST', 'attach?' + new URLSearchParams({ as: me, name: file.name || 'picture.png' }));
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.onprogress = e => { if (e.lengthComputable) progress(e.loaded / e.total); };
    request.onload = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* it has no words of its own */ }
      if (request.status === 200) return done(answer);
      fail(answer.error || 'That did not work (' + request.status + ').');
      done(null);
    };
    request.onerror = () => done(fail('The workspace is not responding. Is it still running?') || null);
    request.send(file);
  });
}

// line is one file of a message box, with the way to take it out.
function line(form, name) {
  const li = document.createElement('li');
  li.dataset.name = name;
  const remove = Object.assign(document.createElement('button'), { type: 'button', className: 'close', textContent: '×' });
  remove.dataset.unattach = '';
  remove.setAttribute('aria-label', 'Remove ' + name);
  li.append(Object.assign(document.createElement('span'), { textContent: name }), remove);
  attached(form).append(li);
  attached(form).hidden = false;
  changed(form.querySelector('textarea'));
  return li;
}

// arrived marks a file as uploaded. src shows it: the picture itself, or later its thumb.
function arrived(li, { id, picture }, src) {
  li.dataset.file = id;
  li.dataset.picture = picture;
  if (!picture) return;
  const img = Object.assign(document.createElement('img'), { alt: '', src: src || 'files/' + id + '?' + new URLSearchParams({ as: me, thumb: 80 }) });
  img.onerror = () => img.remove();
  li.prepend(img);
}

// hold makes a message box hold these files and no others.
function hold(form, files) {
  attached(form).replaceChildren();
  for (const f of files) arrived(line(form, f.name), f);
  keepFiles(form);
}

function keepFiles(form) {
  const files = heldBy(form);
  attached(form).hidden = !attached(form).children.length;
  if (files.length) sessionStorage.setItem(filesKey(form), JSON.stringify(files)); else sessionStorage.removeItem(filesKey(form));
  changed(form.querySelector('textarea'));
}

async function attach(form, file) {
  const li = line(form, file.name), bar = document.createElement('progress');
  bar.setAttribute('aria-label', 'Uploading ' + file.name);
  bar.max = 1;
  li.insertBefore(bar, li.lastChild);
  tell(form, 'Uploading ' + file.name + '.');
  const answer = await upload(file, part => { bar.value = part; });
  bar.remove();
  if (!li.isConnected) return; // taken out meanwhile
  const picture = /^image\/(jpeg|png|gif)$/.test(file.type);
  if (answer) arrived(li, { id: answer.id, picture }, picture && URL.createObjectURL(file)); else li.remove();
  keepFiles(form);
  tell(form, answer ? file.name + ' is ready to send.' : file.name + ' was not uploaded.');
}

function unattach(button) {
  const form = box(button), li = button.closest('li');
  tell(form, li.dataset.name + ' is taken out.');
  li.remove();
  keepFiles(form);
  form.querySelector('textarea').focus();
}

// add puts files into a message box, or into an input of a form.
async function add(place, files) {
  if (place.matches('form')) {
    const sent = files.map(file => attach(place, file));
    arriving.set(place.id, [...arriving.get(place.id) || [], ...sent]);
    place.querySelector('textarea').focus();
    await Promise.allSettled(sent);
    return;
  }
  let done;
  const all = new Promise(resolve => { done = resolve; });
  underway.add(all); // the form is sent once they are there
  const ids = chosenIn(place);
  for (const [n, file] of files.entries()) {
    const which = files.length > 1 ? ' (' + (n + 1) + ' of ' + files.length + ')' : '';
    const answer = await upload(file, part => tell(place, 'Uploading ' + file.name + which + ', ' + Math.round(part * 100) + ' %.'));
    if (answer) ids.push(answer.id);
  }
  const ok = ids.length > chosenIn(place).length && await act(place, '', ids);
  tell(place, ok ? (files.length > 1 ? files.length + ' files are added.' : files[0].name + ' is added.') : 'Nothing was added.');
  done();
  underway.delete(all);
}

// placeFor is where what is dropped somewhere goes.
function placeFor(el) {
  const dialog = openForm();
  if (dialog) return el.closest('.file-input') || dialog.querySelector('.file-input');
  return (el.closest('#thread') || $('main')).querySelector('form.composer');
}

const withFiles = e => [...e.dataTransfer?.types || []].includes('Files');
const unmark = () => { for (const el of document.querySelectorAll('.dropping')) el.classList.remove('dropping'); };
document.addEventListener('dragover', e => {
  if (!withFiles(e)) return;
  e.preventDefault(); // the browser would open the file in place of the page
  const place = placeFor(e.target);
  if (!place?.classList.contains('dropping')) unmark();
  place?.classList.add('dropping');
  e.dataTransfer.dropEffect = place ? 'copy' : 'none';
});
document.addEventListener('dragleave', e => { if (!e.relatedTarget) unmark(); });
document.addEventListener('drop', e => {
  unmark();
  if (!withFiles(e)) return;
  e.preventDefault();
  const place = placeFor(e.target), files = [...e.dataTransfer.files];
  if (!place) return fail('Files cannot be added here.');
  if (files.length) add(place, files);
});
document.addEventListener('paste', e => {
  const place = e.target.closest?.('form.composer, .file-input'), files = [...e.clipboardData?.files || []];
  if (!place || !files.length) return;
  e.preventDefault();
  add(place, files);
});

// --- Start ----------------------------------------------------------------

for (const form of document.querySelectorAll('form.composer')) {
  const text = form.querySelector('textarea'), draft = sessionStorage.getItem(draftKey(form));
  if (draft) text.value = draft;
  hold(form, JSON.parse(sessionStorage.getItem(filesKey(form)) || '[]'));
}
['messages', 'thread-messages'].map($).filter(Boolean).forEach(toEnd);
if (matchMedia('(hover: hover)').matches) ($('thread-text') || $('composer-text'))?.focus();
markUnread();
// A form that was left open stays with the channel in which it was opened.
const formWas = openForm() && sessionStorage.getItem('form ' + openForm().dataset.view);
if (formWas !== null && formWas !== false && formWas !== here && openForm()) closeModal(openForm().dataset.view);
else {
  showModal();
  settle(null, new Set());
}
listen();
// Opening Home is something the app is told of.
if ($('home')) post('home', {});
