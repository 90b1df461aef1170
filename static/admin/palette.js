/* palette.js -- <k-palette>: Ctrl+K, one box for everything. A real form in a real dialog: Enter without a choice asks
 * /admin/search, once, whatever keyboard is on; what is found while typing comes from the API. See partials/palette.html. */
import { hasWord, make, put, t } from './words.js';

const WAIT_MS = 150;
const MOST_PAGES = 6;

class Palette extends HTMLElement {
	#dialog; #input; #list; #said;
	#timer = 0;
	#asking = null;
	#current = -1;

	connectedCallback() {
		this.#dialog = this.querySelector('dialog');
		this.#input = this.querySelector('input[name="q"]');
		this.#list = this.querySelector('[role="listbox"]');
		this.#said = this.querySelector('[role="status"]');
		this.#input.addEventListener('input', (event) => !event.isComposing && this.#soon());
		this.#input.addEventListener('compositionend', () => this.#soon());
		this.#input.addEventListener('keydown', (event) => this.#key(event));
		this.#list.addEventListener('click', (event) => {
			const option = event.target.closest('[role="option"]');

			if (option)
				location.assign(option.dataset.href);
		});
		this.#dialog.addEventListener('click', (event) => event.target === this.#dialog && this.#dialog.close());
		document.addEventListener('keydown', (event) => {
			if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && !event.isComposing && event.code === 'KeyK') {
				event.preventDefault();
				this.open();
			}
		});
		document.addEventListener('click', (event) => event.target.closest?.('[data-palette]') && this.open());
	}

	open() {
		if (this.#dialog.open)
			return;
		if (document.querySelector('dialog[open]'))
			return;
		this.#dialog.showModal();
		this.#input.select();
		this.#show(this.#pages(this.#input.value.trim()));
		if (this.#input.value.trim())
			this.#soon();
	}

	#soon() {
		clearTimeout(this.#timer);
		this.#asking?.abort();
		this.#timer = setTimeout(() => this.#ask(), WAIT_MS);
	}

	/* The pages of the rail by their names. */
	#pages(q) {
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

			this.#show([...pages, ...(found ?? []).filter((hit) => !known.has(hit.href))], found ? 'none' : 'no_answer');
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
		let n = 0;

		for (const hit of hits.filter((one) => typeof one.href === 'string' && one.href.startsWith('/') && !one.href.startsWith('//')))
			groups.set(hit.kind, [...groups.get(hit.kind) ?? [], hit]);
		this.#list.replaceChildren(...[...groups].map(([kind, ones]) => {
			const head = make('div', { className: 'palette-kind', id: 'palette-' + kind, textContent: hasWord(kind) ? t(kind) : kind });
			const box = make('div', {}, head, ...ones.map((hit) => {
				const option = make('div', { id: 'palette-option-' + n++, className: 'palette-hit' }, make('span', { textContent: hit.title }),
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
		if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
			event.preventDefault();
			this.#choose(this.#current + (event.key === 'ArrowDown' ? 1 : -1));
		} else if (event.key === 'Enter' && this.#current >= 0) {
			event.preventDefault();
			location.assign(this.#list.querySelectorAll('[role="option"]')[this.#current].dataset.href);
		}
	}
}

customElements.define('k-palette', Palette);
