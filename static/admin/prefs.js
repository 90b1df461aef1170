/* prefs.js -- puts the preferences of the cookies on <html> before the first paint of a static page.
 * Classic and small on purpose: it runs in the head. Rendered pages get the same attributes from the server. */
(() => {
	const root = document.documentElement;
	const known = { lang: ['ko', 'en'], theme: ['auto', 'light', 'dark'], density: ['cozy', 'compact'] };

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
