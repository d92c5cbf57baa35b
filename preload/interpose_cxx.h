/* SPDX-License-Identifier: MIT */
/* interpose_cxx.h - operator new and delete. */
#ifndef PT_INTERPOSE_CXX_H
#define PT_INTERPOSE_CXX_H

/* pt_cxx_resolve() - look the operators up behind us. Once, at the boot, after pt_real_resolve(). */
void pt_cxx_resolve(void);

#endif
