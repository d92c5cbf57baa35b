// SPDX-License-Identifier: MIT
/* early_gettext_app.c - linked with libearly_gettext, whose constructor runs before the recorder's. */

int early_gettext(void);

int main(void)
{
	return early_gettext();
}
