/* category/category_pages.h -- the tree as the staff keep it: one page with all of it, and a form for one. */
#ifndef CATEGORY_PAGES_H
#define CATEGORY_PAGES_H

#include "category/category.h"
#include "web/request.h"

struct category_form {
	int64_t id;
	str name;
	opt_int parent_id;
};
handler category_page_list, category_page_create, category_page_edit, category_page_save, category_page_shift, category_page_delete;
extern const struct shape category_form_shape, category_page_shape, category_edit_page_shape, category_shift_shape;

#define CATEGORY_PAGE_ROUTES \
	{ GET, "/admin/categories", STAFF, category_page_list, NULL, &category_page_shape, .page = "category/list.html" }, \
	{ POST, "/admin/categories", STAFF, category_page_create, &category_form_shape, &category_page_shape, .page = "category/list.html", \
	  .again = category_page_list, .once = ONCE_TX, .fails = FAILS(&category_name_taken) }, \
	{ GET, "/admin/categories/{id}/edit", STAFF, category_page_edit, &id_in_shape, &category_edit_page_shape, .page = "category/edit.html", \
	  .fails = FAILS(&category_unknown) }, \
	{ POST, "/admin/categories/{id}/edit", STAFF, category_page_save, &category_form_shape, &category_edit_page_shape, \
	  .page = "category/edit.html", .again = category_page_edit, .fails = FAILS(&category_unknown, &category_name_taken) }, \
	{ POST, "/admin/categories/{id}/shift", STAFF, category_page_shift, &category_shift_shape, &category_page_shape, \
	  .page = "category/list.html", .again = category_page_list, .once = ONCE_TX, .fails = FAILS(&category_unknown) }, \
	{ POST, "/admin/categories/{id}/delete", STAFF, category_page_delete, &id_in_shape, &category_page_shape, .page = "category/list.html", \
	  .again = category_page_list, .fails = FAILS(&category_unknown, &category_used) },

#endif
