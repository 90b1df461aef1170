/* table.js -- <k-table>: rows by the keyboard, and a choice of them that survives paging. See kit.js. */
import { memory } from './form.js';
import { handIsFree, isKey, keysAreOn } from './keys.js';
import { announce, make, t } from './words.js';

const HEAD_PX = 100;    /* the head of a list and the bar under it, which stay */

/* The choice of one list: its address and filters, without the place in it. */
function choiceKey(path = location.pathname, query = location.search) {
	const filters = new URLSearchParams(query);

	for (const passing of ['cursor', 'id', 'done'])
		filters.delete(passing);
	filters.sort();
	return `pick:${path}?${filters}`;
}

class Table extends HTMLElement {
	#ids = new Set();
	#anchor = null;         /* the row ticked last: a range begins there */
	#onKey = (event) => this.#key(event);

	connectedCallback() {
		this.#ids = new Set(memory.get(choiceKey()) ?? []);
		this.addEventListener('change', (event) => this.#ticked(event));
		this.addEventListener('click', (event) => this.#clicked(event));
		this.addEventListener('submit', (event) => this.#send(event.target));
		document.addEventListener('keydown', this.#onKey);
		new MutationObserver(() => this.#show()).observe(this, { childList: true, subtree: true });
		this.#restore();
		this.#reveal();
	}

	/* The row that is open, in a list that scrolls by itself. */
	#reveal() {
		const row = this.querySelector('tr.current');
		const pane = row?.closest('.split > *');

		if (!pane || pane.scrollHeight <= pane.clientHeight)
			return;
		const [box, around] = [row.getBoundingClientRect(), pane.getBoundingClientRect()];

		if (box.top < around.top + HEAD_PX || box.bottom > around.bottom)
			pane.scrollTop += box.top - around.top - pane.clientHeight / 3;
	}

	disconnectedCallback() {
		document.removeEventListener('keydown', this.#onKey);
	}

	get #boxes() { return [...this.querySelectorAll('tbody input[type="checkbox"][name="ids"]')].filter((box) => box.checkVisibility?.() !== false); }
	get #rows() { return [...this.querySelectorAll('tbody:not(.bulk) > tr')].filter((row) => row.querySelector('a[href], input, button')); }

	#restore() {
		for (const box of this.#boxes)
			if (this.#ids.has(box.value))
				box.checked = true;
			else if (box.checked)
				this.#ids.add(box.value);
		this.#show();
	}

	#pick(boxes, on) {
		for (const box of boxes) {
			box.checked = on;
			if (on)
				this.#ids.add(box.value);
			else
				this.#ids.delete(box.value);
		}
		memory.set(choiceKey(), [...this.#ids]);
		this.#show();
		this.#say();
	}

	#say() {
		announce(this.#counted());
	}

	#counted() {
		const here = this.#boxes.filter((box) => box.checked).length;
		const n = this.#ids.size;

		return n === 0 ? t('picked_none') : n > here ? t('picked_more', n, n - here) : t('picked', n);
	}

	/* Writes only what differs: a change made here must not call us again for ever. */
	#show() {
		const boxes = this.#boxes;
		const here = boxes.filter((box) => box.checked).length;
		const all = this.querySelector('[data-tick-all]');
		const count = this.querySelector('[data-bulk-count]');
		const words = this.#counted();

		for (const box of boxes) {
			const row = box.closest('tr');

			if (row.classList.contains('on') !== box.checked)
				row.classList.toggle('on', box.checked);
		}
		if (all) {
			const label = t('page_all', boxes.length);

			all.checked = here > 0 && here === boxes.length;
			all.indeterminate = here > 0 && here < boxes.length;
			all.disabled = boxes.length === 0;
			if (all.getAttribute('aria-label') !== label) {
				all.setAttribute('aria-label', label);
				all.title = label;
			}
		}
		if (count && count.textContent !== words)
			count.textContent = words;
		for (const button of this.querySelectorAll('.bulk-bar :is(button, [data-unpick-all])'))
			if (button.disabled !== (this.#ids.size === 0))
				button.disabled = this.#ids.size === 0;
	}

	#ticked(event) {
		if (event.target.matches('[data-tick-all]'))
			this.#pick(this.#boxes, event.target.checked);
		else if (event.target.matches('input[name="ids"]')) {
			this.#anchor ??= event.target;
			this.#pick([event.target], event.target.checked);
			this.#anchor = event.target;
		}
	}

	#clicked(event) {
		if (event.target.closest('[data-unpick-all]')) {
			event.preventDefault();
			this.#clear();
		} else if (event.shiftKey && event.target.matches('input[name="ids"]'))
			this.#range(event.target, event.target.checked);
	}

	#range(to, on) {
		const boxes = this.#boxes;
		const from = boxes.includes(this.#anchor) ? boxes.indexOf(this.#anchor) : 0;
		const end = boxes.indexOf(to);

		this.#pick(boxes.slice(Math.min(from, end), Math.max(from, end) + 1), on);
		this.#anchor = to;
	}

	#clear() {
		this.#ids.clear();
		this.#anchor = null;
		this.#pick(this.#boxes, false);
	}

	/* What is ticked on other pages goes along. */
	#send(form) {
		const here = new Set(this.#boxes.map((box) => box.value));

		for (const old of form.querySelectorAll('input[data-picked]'))
			old.remove();
		for (const id of this.#ids)
			if (!here.has(id)) {
				const hidden = make('input', { type: 'hidden', name: 'ids', value: id });

				hidden.dataset.picked = '';
				form.append(hidden);
			}
	}

	#key(event) {
		if (!handIsFree(event) || (this !== document.activeElement?.closest('k-table') && this !== document.querySelector('k-table')))
			return;

		const inside = this.contains(document.activeElement);
		const row = inside ? document.activeElement.closest('tbody:not(.bulk) > tr') : null;
		const plain = !event.isComposing;

		if (event.key === 'ArrowDown' && row && plain)
			this.#go(event, row, 1);
		else if (event.key === 'ArrowUp' && row && plain)
			this.#go(event, row, -1);
		else if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.code === 'KeyA' && this.#boxes.length) {
			event.preventDefault();
			this.#pick(this.#boxes, true);
		} else if (event.key === 'Escape' && plain && this.#ids.size) {
			event.preventDefault();
			this.#clear();
		} else if (keysAreOn())
			this.#letter(event, row);
	}

	#letter(event, row) {
		const box = row?.querySelector('input[name="ids"]');

		if (isKey(event, 'j'))
			this.#go(event, row, 1);
		else if (isKey(event, 'k'))
			this.#go(event, row, -1);
		else if (isKey(event, 'o') && row)
			this.#aside(event, row);
		else if (isKey(event, 'x') && box) {
			event.preventDefault();
			if (event.shiftKey)
				this.#range(box, true);
			else {
				this.#pick([box], !box.checked);
				this.#anchor = box;
			}
		}
	}

	/* Beside the list, where there is room for it; else in a tab beside this one. */
	#aside(event, row) {
		const link = row.querySelector('th[scope="row"] a[href]') ?? row.querySelector('a[href]');

		if (!link)
			return;
		event.preventDefault();
		if (link.dataset.frag || link.closest('.split'))
			link.click();
		else
			window.open(link.href, '_blank', 'noopener');
	}

	#go(event, row, step) {
		const rows = this.#rows;
		const at = rows.indexOf(row);
		const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step];

		event.preventDefault();
		if (next)
			(next.querySelector('th[scope="row"] a[href]') ?? next.querySelector('a[href], input, button')).focus();
	}
}

for (const { dataset: { unpick: path } } of document.querySelectorAll('[data-unpick]'))
	for (const key of Object.keys(sessionStorage))
		if (key.startsWith(`pick:${path}?`))
			memory.drop(key);

customElements.define('k-table', Table);
