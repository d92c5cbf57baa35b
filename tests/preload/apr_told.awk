# SPDX-License-Identifier: MIT
#
# apr_told.awk - of `pooltrace dump --json` as TSV (kind, pool, address, bytes, name): what the trace says
# each pool holds idle, against the marks "apr POOL BYTES NODES" in it.
# Output: marks of known pools, those that agree, gets and puts that make no sense, gets.
BEGIN { FS = "\t" }
{ object = $2 SUBSEP $3 }
$1 == "pool_create" { known[$2] = 1 }
$1 == "pool_get" {
	gets++
	strange += state[object] == "in use" || !known[$2]
	if (state[object] == "idle") {
		idle[$2] -= bytes[object]
		nodes[$2]--
	}
	state[object] = "in use"
	bytes[object] = $4
}
$1 == "pool_put" {
	strange += state[object] != "in use"
	state[object] = "idle"
	idle[$2] += bytes[object]
	nodes[$2]++
}
$1 == "pool_drop" {
	strange += state[object] == ""
	if (state[object] == "idle") {
		idle[$2] -= bytes[object]
		nodes[$2]--
	}
	delete state[object]
}
$1 == "pool_destroy" {
	for (object in state)
		if (index(object, $2 SUBSEP) == 1)
			delete state[object]
	idle[$2] = nodes[$2] = 0
	known[$2] = 0
}
$1 == "mark" && split($5, truth, " ") == 4 && truth[1] == "apr" && known[truth[2]] {
	marks++
	agree += truth[3] == idle[truth[2]] + 0 && truth[4] == nodes[truth[2]] + 0
}
END { print marks + 0, agree + 0, strange + 0, gets + 0 }
