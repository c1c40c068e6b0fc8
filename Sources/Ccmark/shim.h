// The two public headers of cmark-gfm. Node types are extern variables in this library: compare them by cmark_node_get_type_string.
#ifndef LLMLAB_CCMARK_SHIM_H
#define LLMLAB_CCMARK_SHIM_H
#include <cmark-gfm.h>
#include <cmark-gfm-core-extensions.h>
#endif
