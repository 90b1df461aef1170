/* live.js -- <k-live>: one stream of server-sent events, that heals and says when it is not whole.
 *
 *	<k-live src="/api/v1/admin/courses/7/events" types="queue.state"></k-live>
 *
 * Fires on itself: "live" with detail {type, data}, and "livestate" with detail connecting, open or lost; the same word
 * stands in its data-state. Without a src it is idle; to set one opens it. Control events of the server: `sync` (the head as id), `hb`, `reauth`. What carries a `seq` at or
 * below the last one seen has been here before and is dropped.
 *
 * A browser's EventSource comes back by itself after a cut, with its Last-Event-ID, but gives up for ever after an answer
 * that is not 200. So a stream whose events have ids is left alone while it tries, and opened anew when it gave up, when
 * nothing came for a minute, and when the machine woke or went online; one without ids is always opened anew, which is
 * sooner. Short gaps are part of the protocol (a replay, and a stream without news, end) and are not shown.
 */
const RETRY_MIN_MS = 1000;
const RETRY_MAX_MS = 30000;
const SILENCE_MS = 60000;
const GAP_MS = 2500;
const SETTLE_MS = 1000;
const CONTROL = ['sync', 'hb', 'reauth'];

const jitter = (ms) => ms / 2 + Math.random() * ms / 2;

class Live extends HTMLElement {
	static observedAttributes = ['src'];
	#source = null;
	#there = false;         /* in a page */
	#last = null;           /* the highest seq seen */
	#named = false;         /* events have ids: the browser can ask for what was missed */
	#tries = 0;
	#retry = 0;
	#silence = 0;
	#gap = 0;
	#settle = 0;
	#wake = () => { if (document.visibilityState === 'visible' && this.dataset.state === 'lost') this.open(); };

	connectedCallback() {
		document.addEventListener('visibilitychange', this.#wake);
		addEventListener('online', this.#wake);
		this.#there = true;
		this.#begin();
	}

	disconnectedCallback() {
		document.removeEventListener('visibilitychange', this.#wake);
		removeEventListener('online', this.#wake);
		this.#there = false;
		this.close();
	}

	attributeChangedCallback() {
		if (this.#there)
			this.#begin();
	}

	#begin() {
		this.close();
		this.#state(this.hasAttribute('src') ? 'connecting' : 'idle');
		if (this.hasAttribute('src'))
			this.open();
	}

	open() {
		this.close();
		this.#listen();
		this.#source = new EventSource(this.getAttribute('src'));
		/* An answer alone proves nothing: a server in trouble answers with an empty stream that says "come again". */
		this.#source.onopen = () => { this.#settle = setTimeout(() => this.#opened(), SETTLE_MS); };
		this.#source.onerror = () => this.#failed();
		this.#source.onmessage = (event) => this.#got(event);
		for (const type of [...CONTROL, ...(this.getAttribute('types') ?? '').split(' ').filter(Boolean)])
			this.#source.addEventListener(type, (event) => this.#got(event));
	}

	close() {
		clearTimeout(this.#retry);
		clearTimeout(this.#silence);
		clearTimeout(this.#gap);
		clearTimeout(this.#settle);
		this.#gap = 0;
		this.#source?.close();
		this.#source = null;
	}

	#state(word) {
		if (this.dataset.state === word)
			return;
		this.dataset.state = word;
		this.dispatchEvent(new CustomEvent('livestate', { detail: word, bubbles: true }));
	}

	#listen() {
		clearTimeout(this.#silence);
		this.#silence = setTimeout(() => { this.#state('lost'); this.open(); }, SILENCE_MS);
	}

	#opened() {
		clearTimeout(this.#gap);
		clearTimeout(this.#settle);
		this.#gap = 0;
		this.#tries = 0;
		this.#listen();
		this.#state('open');
	}

	#failed() {
		clearTimeout(this.#settle);
		this.#gap ||= setTimeout(() => this.#state('lost'), GAP_MS);
		if (this.#named && this.#source.readyState !== EventSource.CLOSED)
			return;
		this.#source.close();
		this.#source = null;
		clearTimeout(this.#retry);
		this.#retry = setTimeout(() => this.#openAgain(), jitter(Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** this.#tries++)));
	}

	/* Like open(), but the gap goes on being counted: what fails again must be seen. */
	#openAgain() {
		const gap = this.#gap;

		this.#gap = 0;
		this.open();
		this.#gap = gap;
	}

	#got(event) {
		let data;

		this.#opened();
		this.#named ||= event.lastEventId !== '';
		try {
			data = event.data ? JSON.parse(event.data) : {};
		} catch {
			return;
		}
		if (event.type === 'sync')
			this.#last ??= Number(event.lastEventId) || null;
		if (event.type === 'reauth')
			this.close();
		if (Number.isInteger(data?.seq)) {
			if (this.#last !== null && data.seq <= this.#last)
				return;
			this.#last = data.seq;
		}
		if (event.type !== 'hb')
			this.dispatchEvent(new CustomEvent('live', { detail: { type: event.type, data }, bubbles: true }));
	}
}

customElements.define('k-live', Live);
