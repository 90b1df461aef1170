/* prefs.js -- puts the preferences of the cookies on <html> before the first paint of a static page.
 * Classic and small on purpose: it runs in the head. Rendered pages get the same attributes from the server. */
(() => {
	const root = document.documentElement;
	const known = { lang: ['ko', 'en'], theme: ['auto', 'light', 'dark'], density: ['cozy', 'compact'] };

	/* Without a cookie, the first of the browser's languages that we speak, as the server decides as well. */
	root.lang = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => known.lang.includes(tag)) ?? 'ko';
	for (const part of document.cookie.split('; ')) {
		const [name, value] = part.split('=');

		if (!Object.hasOwn(known, name) || !known[name].includes(value))
			continue;
		if (name === 'lang')
			root.lang = value;
		else
			root.dataset[name] = value;
	}
})();
