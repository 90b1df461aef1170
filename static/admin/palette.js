/* palette.js -- <k-palette>: Ctrl+K, one box for everything: a real form in a real dialog, with suggestions (suggest.js). */
import { Suggest } from './suggest.js';

class Palette extends HTMLElement {
	#dialog; #input; #suggest;

	connectedCallback() {
		this.#dialog = this.querySelector('dialog');
		this.#input = this.querySelector('input[name="q"]');
		this.#suggest = new Suggest(this.#input, this.querySelector('[role="listbox"]'), this.querySelector('[role="status"]'), { pages: true });
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
		if (document.querySelector('dialog[open]'))
			return;
		this.#dialog.showModal();
		this.#input.select();
		this.#suggest.start();
	}
}

customElements.define('k-palette', Palette);
