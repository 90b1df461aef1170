/* news.js -- a page that grows old says so, and changes nothing under anybody's hand.
 *
 *	<k-live src="…" types="request.submitted" data-news="news"></k-live>
 *	<p class="news-band" id="news" role="status" hidden>…<a href="…">…</a></p>
 *
 * The band shows itself when one of the types has come. */
document.addEventListener('live', ({ target, detail }) => {
	const types = (target.getAttribute('types') ?? '').split(' ');

	if (target.dataset.news && types.includes(detail.type))
		document.getElementById(target.dataset.news).hidden = false;
});
