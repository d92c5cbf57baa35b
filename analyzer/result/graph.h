/* SPDX-License-Identifier: MIT */
/*
 * graph.h - one snapshot as typed tables: what keeps which bytes alive. Definitions: docs/graph.md.
 *
 * Plain data like report.h. PT_UNKNOWN is "not computed". What passes/ fills, unless said otherwise.
 */
#ifndef PT_RESULT_GRAPH_H
#define PT_RESULT_GRAPH_H

#include "../../format/layout.h"
#include "report.h"

#define PT_GRAPH_ROW_NONE UINT32_MAX

enum pt_root_kind {
	PT_ROOT_STATIC = 0,
	PT_ROOT_STACK,
	PT_ROOT_STALE,
	PT_ROOT_TLS,
	PT_ROOT_REGISTER,
	PT_ROOT_MAPPED,
	PT_ROOT_POOL, /* an idle object, held by its pool */
	PT_ROOT_NR
};

/* A call site, with what DWARF says of what it makes. `type` is filled in by the command. */
struct pt_graph_site {
	struct pt_report_site site; /* `stack`; frames and stack_end by the command; its tally is all zero */
	uint64_t object_bytes;	    /* of every node of the site in this snapshot; 0 = they vary */
	char *type;		    /* "struct conn"; NULL = not told; owned */
};

/* What a node is called: objects of a pool by state, other blocks by their call site. */
struct pt_graph_label {
	uint32_t pool;	/* index into pools[], or PT_GRAPH_ROW_NONE */
	bool idle;
	uint32_t site;	/* index into sites[]; of a pool's object: where most of its nodes were got or put */
};

/* A row of the merged dominator tree, in preorder; children of a row by retained bytes, largest first. */
struct pt_graph_row {
	uint32_t parent; /* index of a row before this one, or PT_GRAPH_ROW_NONE: of the root */
	uint32_t depth;	 /* 0: directly below the root */
	struct pt_graph_label label;
	bool rest;	 /* several rows that were too small to be kept; label has no meaning */
	uint64_t objects, shallow_bytes, retained_bytes;
	uint64_t stale_objects, interior_objects, single_word_objects;
	uint64_t largest_addr; /* of the node of the row that retains most: for --path */
	uint64_t largest_retained_bytes;
};

struct pt_graph_pool {
	char name[64];
	uint64_t idle_objects, idle_bytes; /* shallow */
	uint64_t in_use_objects, in_use_bytes;
	uint64_t graph_retained_bytes, graph_retained_objects;
	uint64_t fields_more_bytes;
	uint64_t object_bytes; /* of every object of the pool here; 0 = they vary */
	uint32_t site;	       /* index into sites[]: where most of its objects were allocated (by malloc), else PT_GRAPH_ROW_NONE */
};

struct pt_graph_field {
	uint32_t pool; /* index into pools[] */
	uint64_t offset_bytes;
	uint64_t retained_bytes, retained_objects;
	uint64_t objects;	   /* idle objects with an edge there */
	uint64_t interior_objects; /* of them, with an interior pointer */
	uint32_t site;		   /* index into sites[]: of most of what it points at; PT_GRAPH_ROW_NONE: objects of a pool */
	uint32_t put_site;	   /* index into sites[]: the put that left most of these objects idle; or PT_GRAPH_ROW_NONE */
	uint64_t put_objects;	   /* of `objects`, put there */
	char *name;		   /* "session"; by the command; NULL = not told; owned */
};

/* One idle object that keeps much. */
struct pt_graph_idle {
	uint64_t addr, shallow_bytes, kept_bytes;
	uint32_t pool, shard; /* shard: its number, or PT_SHARD_THREAD */
	uint32_t put_site;    /* index into sites[], or PT_GRAPH_ROW_NONE: it was stocked */
	uint64_t idle_ns;     /* at the cut */
};

struct pt_graph_leak {
	uint32_t site; /* index into sites[] */
	uint64_t objects, bytes, heads;
	uint64_t addr; /* of one head, else of one of them: for --path */
};

struct pt_graph_root_sum {
	uint64_t words;		 /* edges from such places */
	uint64_t nodes;		 /* different nodes they point at */
};

/* A step of --path, from the root to the block. */
struct pt_graph_step {
	uint64_t addr, shallow_bytes, retained_bytes;
	struct pt_graph_label label;
	uint64_t offset_bytes; /* of the word, in the node of the step before; of the first step: no meaning */
	bool interior, inside; /* how this step is pointed at */
};

struct pt_graph_path {
	uint64_t asked_addr;
	bool found;	  /* a node covers it */
	bool reachable;
	uint8_t root;	  /* enum pt_root_kind */
	uint64_t place;	  /* of the root's word; of a register its DWARF number */
	uint32_t root_tid;    /* stack, stale, tls, register; else 0 */
	char *root_module;    /* static; owned; else NULL */
	uint64_t root_offset; /* static: ELF virtual address */
	char *root_symbol;    /* static: the variable, by the command; NULL = not told; owned */
	struct pt_graph_step *steps; /* the last is the block; owned */
	size_t steps_nr;
	uint64_t words_nr;    /* all that point at it */
	uint32_t dominators_nr; /* how many steps are on every way to it */
	uint32_t *dominators; /* indexes into steps; owned */
};

/* One node, by address; one that is around others at its address comes before them. */
struct pt_graph_node {
	uint64_t addr, bytes, shallow_bytes;
	uint64_t retained_bytes; /* of one that is not reachable: PT_UNKNOWN */
	uint64_t dominator;	 /* address of its immediate dominator; 0: the root, or not reachable */
	struct pt_graph_label label; /* site: of itself */
	bool reachable, stale_only, interior_only; /* the last two: of a reachable one */
	bool single_word;	 /* one word in the whole process points at it */
};

struct pt_graph_snapshot {
	uint32_t number;
	uint64_t time_ns;
	uint8_t why;	/* enum pt_snap_why */
	char *mark;	/* PT_SNAP_MARK: its name; owned; else NULL */
	bool whole;	/* false: only number, time, why and `lost` mean anything */
	uint8_t lost;	/* enum pt_snap_lost + 1; 0 with !whole: its process was killed, or still writes */
	bool registers_asked, unknown_threads;
	uint32_t threads_nr, threads_silent; /* silent: asked, did not answer */
	uint64_t stall_ns, child_ns, scanned_bytes, stored_bytes;
	uint64_t nodes, edges, interior_edges;
	uint64_t words; /* that might have been pointers: edges are those that hit a node */
	uint64_t reachable_bytes, reachable_objects;
	uint64_t unreachable_bytes, unreachable_objects; /* PT_UNKNOWN: a thread did not answer */
	uint64_t idle_bytes, idle_retained_bytes, idle_retained_objects;
	uint64_t stale_only_bytes, interior_only_bytes;
	uint64_t moved_objects;
	struct pt_graph_root_sum roots[PT_ROOT_NR];
	struct pt_graph_pool *pools; /* by graph_retained_bytes, largest first */
	struct pt_graph_field *fields; /* by retained_bytes, then objects, largest first */
	struct pt_graph_idle *idle;    /* by kept_bytes, largest first; the first PT_GRAPH_IDLE_KEPT */
	struct pt_graph_leak *leaks;   /* by bytes, largest first; empty when unreachable_bytes is PT_UNKNOWN */
	struct pt_graph_row *rows;
	struct pt_graph_site *sites;
	struct pt_graph_path *path; /* NULL: none was asked for; owned */
	struct pt_graph_node *list; /* every node; NULL: not asked for; owned */
	size_t pools_nr, fields_nr, idle_nr, leaks_nr, rows_nr, sites_nr, list_nr;
};
#define PT_GRAPH_IDLE_KEPT 1000u
#define PT_GRAPH_ROWS_KEPT 20000u /* of the tree; smaller ones become `rest` rows */
#define PT_GRAPH_FIELDS_KEPT 10000u

struct pt_graph_report {
	char trace_path[4096];
	char program[256];
	uint32_t pid;
	uint64_t lost_events; /* the live set may lack blocks, or have too many */
	bool in_part; /* so may it for this: at some time not every event of malloc was recorded */
	uint64_t duration_ns;
	struct pt_graph_snapshot *snapshots; /* by number: those that were asked for */
	size_t snapshots_nr;
	uint32_t begun, done, lost[PT_SNAP_LOST_NR]; /* of the whole trace, from its header */
};

void pt_graph_report_fini(struct pt_graph_report *r);

#endif
