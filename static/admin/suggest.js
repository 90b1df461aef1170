/* suggest.js -- what is found while one types: a list under a search field, followed by the arrows or a click. Enter without a
 * choice is the form's own: it asks /admin/search, once, whatever keyboard is on. See partials/palette.html, topbar.html.
 *
 * The field is a combobox, the list a listbox that it names with aria-controls; how many were found is said in the third. */
import { hasWord, make, put, t } from './words.js';

const WAIT_MS = 150;
const MOST = 10;
const MOST_PAGES = 6;

export class Suggest {
	#input; #list; #said; #idle;
	#timer = 0;
	#asking = null;
	#current = -1;

	/* pages: the rail's pages are offered while nothing is typed yet. */
	constructor(input, list, said, { pages = false } = {}) {
		[this.#input, this.#list, this.#said, this.#idle] = [input, list, said, pages];
		input.addEventListener('input', (event) => !event.isComposing && this.soon());
		input.addEventListener('compositionend', () => this.soon());
		input.addEventListener('keydown', (event) => this.#key(event));
		list.addEventListener('mousedown', (event) => event.preventDefault());  /* the field keeps the focus */
		list.addEventListener('click', (event) => {
			const option = event.target.closest('[role="option"]');

			if (option)
				location.assign(option.dataset.href);
		});
	}

	soon() {
		clearTimeout(this.#timer);
		this.#asking?.abort();
		this.#timer = setTimeout(() => this.#ask(), WAIT_MS);
	}

	/* What can be said without asking. */
	start() {
		this.#show(this.#pages(this.#input.value.trim()));
		if (this.#input.value.trim())
			this.soon();
	}

	close() {
		clearTimeout(this.#timer);
		this.#asking?.abort();
		this.#show([]);
	}

	/* The pages of the rail by their names. */
	#pages(q) {
		if (!q && !this.#idle)
			return [];
		return [...document.querySelectorAll('.rail a[href]')].map((link) => ({ kind: 'page', title: link.textContent.trim(), detail: '', href: link.getAttribute('href') }))
			.filter((hit) => hit.title.toLowerCase().includes(q.toLowerCase())).slice(0, q ? MOST_PAGES : undefined);
	}

	async #ask() {
		const q = this.#input.value.trim();

		if (!q) {
			this.#show(this.#pages(''));
			return;
		}
		this.#asking = new AbortController();
		const { signal } = this.#asking;

		this.#list.setAttribute('aria-busy', 'true');
		try {
			const answer = await fetch('/api/v1/admin/search?q=' + encodeURIComponent(q), { signal, headers: { Accept: 'application/json' } });
			const found = answer.ok ? (await answer.json()).data : null;
			const pages = this.#pages(q);
			const known = new Set(pages.map((hit) => hit.href));

			if (!signal.aborted)
				this.#show([...pages, ...(found ?? []).filter((hit) => !known.has(hit.href))].slice(0, MOST), found ? 'none' : 'no_answer');
		} catch (error) {
			if (error.name !== 'AbortError')
				this.#show(this.#pages(q), 'no_answer');
		} finally {
			if (!signal.aborted)
				this.#list.removeAttribute('aria-busy');
		}
	}

	#show(hits, otherwise) {
		const groups = new Map();
		const name = this.#list.id;
		let n = 0;

		for (const hit of hits.filter((one) => typeof one.href === 'string' && one.href.startsWith('/') && !one.href.startsWith('//')))
			groups.set(hit.kind, [...groups.get(hit.kind) ?? [], hit]);
		this.#list.replaceChildren(...[...groups].map(([kind, ones]) => {
			const head = make('div', { className: 'palette-kind', id: `${name}-${kind}`, textContent: hasWord(kind) ? t(kind) : kind });
			const box = make('div', {}, head, ...ones.map((hit) => {
				const option = make('div', { id: `${name}-option-${n++}`, className: 'palette-hit' }, make('span', { textContent: hit.title }),
					make('span', { className: 'sub', textContent: hit.detail }));

				option.setAttribute('role', 'option');
				option.setAttribute('aria-selected', 'false');
				option.dataset.href = hit.href;
				return option;
			}));

			head.setAttribute('role', 'presentation');
			box.setAttribute('role', 'group');
			box.setAttribute('aria-labelledby', head.id);
			return box;
		}));
		this.#list.hidden = n === 0;
		this.#input.setAttribute('aria-expanded', String(n > 0));
		put(this.#said, n ? t('found', n) : otherwise ? t(otherwise) : '');
		this.#said.classList.toggle('sr-only', n > 0);
		this.#choose(-1);
	}

	#choose(i) {
		const options = [...this.#list.querySelectorAll('[role="option"]')];

		this.#current = options.length ? Math.max(-1, Math.min(i, options.length - 1)) : -1;
		options.forEach((option, at) => option.setAttribute('aria-selected', String(at === this.#current)));
		if (this.#current < 0)
			this.#input.removeAttribute('aria-activedescendant');
		else {
			this.#input.setAttribute('aria-activedescendant', options[this.#current].id);
			options[this.#current].scrollIntoView({ block: 'nearest' });
		}
	}

	#key(event) {
		if (event.isComposing || event.keyCode === 229)         /* the key belongs to the syllable */
			return;
		if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && !this.#list.hidden) {
			event.preventDefault();
			this.#choose(this.#current + (event.key === 'ArrowDown' ? 1 : -1));
		} else if (event.key === 'Enter' && this.#current >= 0) {
			event.preventDefault();
			location.assign(this.#list.querySelectorAll('[role="option"]')[this.#current].dataset.href);
		}
	}
}

/* The search field of the frame: its list is gone when the focus is; Esc takes the list first, then the focus. */
const top = document.getElementById('top-q');

if (top) {
	const suggest = new Suggest(top, document.getElementById('top-list'), document.getElementById('top-said'));

	top.addEventListener('focus', () => suggest.start());
	top.addEventListener('blur', () => suggest.close());
	top.addEventListener('keydown', (event) => {
		if (event.key === 'Escape' && !event.isComposing && top.getAttribute('aria-expanded') === 'true') {
			event.stopPropagation();
			event.preventDefault();
			suggest.close();
		}
	});
}
