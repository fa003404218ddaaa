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
    double *sums;                                    /* over the rows, LANE_COUNT lanes each */
    double *lost;                                    /* what rounding took from the first of them in this run */
    double *check;                                   /* as many doubles as the widest vector */
    long rows, count;                                /* of a register; of them in use, a multiple of LANE_COUNT */
} Frame;

/* An operand's place is twice the number of its register, or of a uniform and 1 more. */
typedef void (*Kernel)(const Frame *frame, double *result, const uint32_t *places, uint32_t n);

#define INSTRUCTIONS(_)                                                                                                \
    _(add) _(sub) _(mul) _(div) _(pow) _(neg) _(abs) _(floor) _(lt) _(le) _(gt) _(ge) _(eq) _(ne) _(and) _(or) _(not)  \
    _(select) _(max) _(min) _(rest) _(fsum) _(dot) _(exp) _(expm1) _(log) _(log1p) _(sqrt) _(sin) _(cos) _(tan)        \
    _(tanh) _(need) _(reduce) _(total)

#define NUMBER(name) CODE_##name,
enum { INSTRUCTIONS(NUMBER) CODES };
#undef NUMBER

typedef struct {                                     /* one set of machine instructions */
    const char *title;
    int (*flush)(double *sums, double *whole, double *lost, size_t n);
    void (*gather)(const double *whole, const double *lost, double *totals, size_t n);
    Kernel kernels[CODES];
} Machine;

extern const Machine machine_plain, machine_avx2, machine_avx512;
