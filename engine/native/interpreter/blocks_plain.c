/* The kernels for any machine: 16-byte vectors. */
#include "blocks.h"
#define WIDTH 2
#define TITLE "plain"
#define NAME(name) name##_plain
#include "kernels.h"
