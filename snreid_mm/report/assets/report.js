// The gallery of queries. What it shows comes from queries.js and, for each
// action, from actions/<action>.js; every text goes in as text, never as HTML.
'use strict';

const report = (() => {
  const PAGE = 24, FIRST_SHOWN = 5;
  const actions = new Map(), waiting = new Map();
  let data, chosen = [], page = 0;
  const filters = document.getElementById('filters');
  const cards = document.getElementById('cards');
  const dialog = document.getElementById('query');
  const previous = document.getElementById('previous');
  const next = document.getElementById('next');

  function element(tag, className, text) {
    const result = document.createElement(tag);
    if (className) result.className = className;
    if (text !== undefined) result.textContent = text;
    return result;
  }

  // Load the script of an action once; a promise of what it adds.
  function load(action) {
    if (!waiting.has(action)) {
      waiting.set(action, new Promise((done, failed) => {
        const script = element('script');
        script.src = `actions/${action}.js`;
        script.onload = () => done(actions.get(action));
        script.onerror = failed;
        document.head.append(script);
      }));
    }
    return waiting.get(action);
  }

  function tile(action, place, scale) {
    const {width, height, columns} = data.tile;
    const result = element('span', 'tile');
    const rows = Math.ceil(actions.get(action).crops.length / columns);
    Object.assign(result.style, {
      width: `${width * scale}px`,
      height: `${height * scale}px`,
      backgroundImage: `url("sheets/${action}.webp")`,
      backgroundSize: `${columns * width * scale}px ${rows * height * scale}px`,
      backgroundPosition: `${-(place % columns) * width * scale}px ` +
        `${-Math.floor(place / columns) * height * scale}px`,
    });
    return result;
  }

  // A query and its ranking, `count` crops long.
  function strip(index, count, scale, names) {
    const action = data.action[index], group = actions.get(action);
    const own = group.queries.indexOf(index), query = group.crops[own];
    const result = element('div', 'strip');
    const add = (place, className, text) => {
      const crop = element('figure', `crop ${className}`);
      crop.append(tile(action, place, scale), element('div', '', text));
      if (names) {
        const {role, file} = group.crops[place];
        crop.append(element('div', '', role.replaceAll('_', ' ')),
                    element('div', 'file', file));
      }
      result.append(crop);
    };
    add(own, 'asked', 'query');
    const ranking = group.rankings[Number(filters.model.value)][own];
    ranking.slice(0, count).forEach((place, i) => {
      const right = group.crops[place].person === query.person;
      add(place, right ? 'right' : 'wrong', `${i + 1} ${right ? '✓' : '✗'}`);
    });
    return result;
  }

  // Why crops of its ranking are found like a query, in pictures that are
  // loaded when they are opened.
  function reasons(index) {
    const group = actions.get(data.action[index]);
    const own = group.queries.indexOf(index), query = group.crops[own];
    const ranking = group.rankings[Number(filters.model.value)][own];
    return (data.explained[index] || []).map((bbox) => {
      const rank = ranking.findIndex((at) => group.crops[at].bbox === bbox);
      const right = group.crops[ranking[rank]].person === query.person;
      const result = element('details', 'why');
      const title = `Likeness of the query and crop ${rank + 1} ` +
        `${right ? '✓' : '✗'}, by position and part`;
      result.append(element('summary', right ? 'right' : 'wrong', title));
      result.addEventListener('toggle', () => {
        if (result.querySelector('img')) return;
        const picture = element('img');
        picture.alt = title;
        picture.src = `explained/${query.bbox}-${bbox}.webp`;
        result.append(picture);
      });
      return result;
    });
  }

  function describe(index) {
    const model = data.models[Number(filters.model.value)];
    const parts = [`Query ${data.bbox[index]}`, `action ${data.action[index]}`];
    if (data.role.length) {
      parts.push(data.roles[data.role[index]].replaceAll('_', ' '));
    }
    if (data.height.length) parts.push(`${data.height[index]} px`);
    parts.push(`AP ${model.ap[index].toFixed(1)}`,
               `first match at ${model.rank[index]}`);
    if (data.explained[index]) parts.push('explained');
    return parts.join(' · ');
  }

  async function open(index) {
    await load(data.action[index]);
    document.getElementById('query-title').textContent = describe(index);
    document.getElementById('query-body').replaceChildren(
      ...reasons(index), strip(index, Infinity, 2, true));
    if (!dialog.open) dialog.showModal();
  }

  async function fill(card, index) {
    try {
      await load(data.action[index]);
      if (card.isConnected) card.append(strip(index, FIRST_SHOWN, 1, false));
    } catch {
      card.append(element('p', '', `actions/${data.action[index]}.js is ` +
        'missing: copy the whole folder of the report.'));
    }
  }

  function show() {
    const pages = Math.max(1, Math.ceil(chosen.length / PAGE));
    page = Math.min(Math.max(page, 0), pages - 1);
    previous.disabled = page === 0;
    next.disabled = page === pages - 1;
    document.getElementById('place').textContent =
      `page ${page + 1} of ${pages}, ${chosen.length} queries`;
    cards.replaceChildren();
    for (const index of chosen.slice(page * PAGE, (page + 1) * PAGE)) {
      const card = element('button', 'card');
      card.type = 'button';
      card.dataset.bbox = data.bbox[index];
      card.append(element('p', '', describe(index)));
      card.addEventListener('click', () => open(index));
      cards.append(card);
      fill(card, index);
    }
  }

  const ORDERS = {
    worst: (ap) => (a, b) => ap[a] - ap[b] || a - b,
    best: (ap) => (a, b) => ap[b] - ap[a] || a - b,
    median: (ap) => {
      const middle = [...ap].sort((a, b) => a - b)[Math.floor(ap.length / 2)];
      return (a, b) => Math.abs(ap[a] - middle) - Math.abs(ap[b] - middle) ||
        a - b;
    },
    index: () => (a, b) => data.bbox[a] - data.bbox[b],
  };

  function choose() {
    const model = data.models[Number(filters.model.value)];
    const {role, first, action, height, order} = filters;
    const [low, high] = (height.value || '0-Infinity').split('-').map(Number);
    const wanted = action.value.trim();
    chosen = data.bbox.map((_, i) => i).filter((i) =>
      (!role.value || data.role[i] === Number(role.value)) &&
      (!first.value || model.first[i] === Number(first.value)) &&
      (!height.value || data.height[i] >= low && data.height[i] <= high) &&
      (!wanted || String(data.action[i]) === wanted));
    chosen.sort(ORDERS[order.value](model.ap));
    page = 0;
    show();
  }

  function turn(pages) {
    page += pages;
    show();
  }

  function options(select, texts) {
    texts.forEach((text, i) => {
      const option = element('option', '', text.replaceAll('_', ' '));
      option.value = i;
      select.append(option);
    });
    select.closest('label').hidden = !texts.length;
  }

  filters.addEventListener('change', choose);
  filters.action.addEventListener('input', choose);
  filters.addEventListener('submit', (event) => event.preventDefault());
  filters.addEventListener('reset', () => setTimeout(choose));
  previous.addEventListener('click', () => turn(-1));
  next.addEventListener('click', () => turn(1));
  document.addEventListener('keydown', (event) => {
    const busy = dialog.open || event.ctrlKey || event.altKey ||
      event.metaKey || ['INPUT', 'SELECT'].includes(event.target.tagName);
    if (busy) return;
    if (event.key === 'ArrowLeft' && !previous.disabled) turn(-1);
    if (event.key === 'ArrowRight' && !next.disabled) turn(1);
  });

  return {
    addQueries(queries) {
      data = queries;
      options(filters.role, data.roles);
      options(filters.first, data.first);
      choose();
    },
    addAction(action, content) {
      actions.set(action, content);
    },
  };
})();
