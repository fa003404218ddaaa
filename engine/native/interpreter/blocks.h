/* What the block interpreter and its kernels share. */
#include <stddef.h>
#include <stdint.h>
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

enum { LANE_COUNT = 8 };                             /* of a sum over the rows, and what rows are padded to */

typedef struct {
    double *registers;                               /* each as many doubles as a block has rows */
    const double *uniforms;                          /* numbers that are the same on every row */
    double *sums, *more;                             /* over the rows of a run, LANE_COUNT lanes each; lost from the first */
    int *bad;                                        /* whether something was not finite, or a need not met */
    double mask[LANE_COUNT];                         /* which of the last LANE_COUNT rows of a block are rows, as bits */
    long rows, count, full;                          /* of a register; in use; of these without those under the mask */
    int begins;                                      /* whether each sum begins in this block */
} Frame;

/* An operand's place is twice the number of its register, or of a uniform and 1 more. */
#define MINUS 0x80000000u                            /* with a place in a sum of products: this product is subtracted */
typedef void (*Kernel)(const Frame *frame, double *result, const uint32_t *places, uint32_t n);

enum { OPEN, RAMP, GATE, TIMES, KINDS };             /* what becomes of a layer's sums; with it KINDS times a register */

/* The grammar's functions, poured from their table, and its arithmetic: those of one number that have no value for some,
 * those of two likewise; those that have one for all, of two, of three, of one; those of any number. */
#include "row_kernels.h"
#define INSTRUCTIONS(_)                                                                                                \
    RISKY_OF_ONE(_)                                                                                                    \
    _(add) _(sub) _(mul) _(div) _(pow) RISKY_OF_TWO(_)                                                                 \
    _(lt) _(le) _(gt) _(ge) _(eq) _(ne) _(and) _(or) SAFE_OF_TWO(_)                                                    \
    _(select)                                                                                                          \
    _(neg) _(not) SAFE_OF_ONE(_)                                                                                       \
    _(rest) _(fsum) _(dot) _(gate) _(need) _(layer) _(reduce) _(total)

#define NUMBER(name) CODE_##name,
enum { INSTRUCTIONS(NUMBER) ROWS(NUMBER) CODES };
#undef NUMBER

typedef struct {                                     /* one set of machine instructions */
    const char *title;
    int (*fill)(const Frame *frame, const double *rows, long m, const uint32_t *columns, long width, long left);
    void (*flush)(const double *sums, double *whole, double *lost, size_t n);
    void (*spread)(const Frame *frame, double *to, long m, const uint32_t *places, long n);
    void (*gather)(double *to, const double *numbers, const uint32_t *from, uint32_t n);
    Kernel outer, kernels[CODES];
} Machine;

extern const Machine machine_plain, machine_avx2, machine_avx512;
