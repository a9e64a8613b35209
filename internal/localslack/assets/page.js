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
      if (!was.multiple) now.value = was.value;
      else [...was.options].forEach((o, i) => { if (now.options[i]) now.options[i].selected = o.selected; });
      break;
    case 'INPUT':
      if (was.type === 'radio') {
        if (was.defaultChecked === now.defaultChecked) now.checked = was.checked;
      } else if (was.dataset.initial === now.dataset.initial) now.value = was.value;
      break;
    case 'UL':
      if (was.classList.contains('suggest')) return false;
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
}

// showModal opens the form that the app opened. The browser keeps the focus inside.
function showModal() {
  const dialog = document.querySelector('#modal > dialog');
  if (!dialog || dialog.open) return;
  dialog.addEventListener('cancel', e => { e.preventDefault(); closeModal(dialog.dataset.view); });
  dialog.showModal();
  dialog.querySelector('.modal-body input, .modal-body select, .modal-body textarea')?.focus();
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
  toast.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { toast.hidden = true; }, 12000);
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
    await sent;
    underway.delete(sent);
    control.removeAttribute('aria-busy');
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

// reset puts a control back that a person changed and then did not confirm.
function reset(control) {
  for (const o of control.querySelectorAll('option')) o.selected = o.defaultSelected;
  for (const i of control.querySelectorAll('input')) i.checked = i.defaultChecked;
  if (control.tagName === 'INPUT' || control.tagName === 'TEXTAREA') control.value = control.defaultValue;
}

document.addEventListener('click', e => {
  const hit = selector => e.target.closest(selector);
  let el;
  // A click elsewhere closes the list of members.
  const members = document.querySelector('details.members[open]');
  if (members && !members.contains(e.target)) members.open = false;
  if ((el = hit('[data-dialog]'))) return el.closest('dialog').close(el.dataset.dialog);
  if ((el = hit('button[data-action], a[data-action]'))) {
    // A link with a confirmation opens only after it; the others at once, as in Slack.
    if (el.tagName === 'A' && el.closest('.confirmed')) e.preventDefault();
    return act(el, el.dataset.value);
  }
  if ((el = hit('[data-submit-view]'))) return submitModal(el);
  if ((el = hit('[data-close-view]'))) return closeModal(el.dataset.closeView);
  if ((el = hit('[data-clock]'))) {
    el.setAttribute('aria-busy', 'true');
    return post('clock', { value: el.dataset.clock }).finally(() => el.removeAttribute('aria-busy'));
  }
  if ((el = hit('[data-shortcut]'))) {
    const message = el.closest('[data-ts]');
    return post('shortcut', { action: el.dataset.shortcut, channel: message?.dataset.in, ts: message?.dataset.ts });
  }
  if ((el = hit('[data-fill]'))) return fill(el.dataset.fill);
  if ((el = hit('#invite'))) return post('invite', { channel: el.dataset.in });
  if (hit('#toast .close')) $('toast').hidden = true;
  if (hit('#open-sidebar')) return openSidebar(true);
  if (hit('#veil')) return openSidebar(false);
  if (hit('#newer')) { toEnd($('messages')); $('newer').hidden = true; }
});

document.addEventListener('change', e => {
  const control = e.target.closest('[data-action]');
  if (!control) return;
  const el = e.target;
  if (el.tagName === 'SELECT' && el.multiple) return act(control, '', [...el.selectedOptions].map(o => o.value));
  act(control, el.value);
});

document.addEventListener('keydown', e => {
  if (e.key === 'Escape') {
    const members = document.querySelector('details.members[open]');
    if (members) {
      members.open = false;
      members.querySelector('summary').focus();
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
  form.classList.toggle('ready', text.value.trim() !== '');
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
  const text = form.querySelector('textarea'), value = text.value;
  if (value.trim() === '') return;
  text.value = '';
  changed(text);
  hide(form);
  const list = form.closest('#thread') ? $('thread-messages') : $('messages');
  if (list) toEnd(list);
  const ok = await post('say', { channel: form.dataset.channelId, thread: form.dataset.thread, text: value });
  if (!ok && text.value === '') { // nothing is lost
    text.value = value;
    changed(text);
  }
}

document.addEventListener('submit', e => {
  e.preventDefault();
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
    submit(form);
  }
});

// The key's own character never reaches the box, however the key was sent.
document.addEventListener('keypress', e => {
  if (e.target.matches('.composer textarea') && e.key === 'Enter' && !e.shiftKey && !e.isComposing) e.preventDefault();
});

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

// --- Start ----------------------------------------------------------------

for (const form of document.querySelectorAll('form.composer')) {
  const text = form.querySelector('textarea'), draft = sessionStorage.getItem(draftKey(form));
  if (draft) text.value = draft;
  changed(text);
}
['messages', 'thread-messages'].map($).filter(Boolean).forEach(toEnd);
if (matchMedia('(hover: hover)').matches) ($('thread-text') || $('composer-text'))?.focus();
markUnread();
showModal();
listen();
// Opening Home is something the app is told of.
if ($('home')) post('home', {});
