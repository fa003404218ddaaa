/* A program of the block interpreter: its instructions in three stages, and where it takes and leaves its numbers. */
enum { MOST = 256, PART = 192, TILE = 64 };          /* rows: the most of a block, of a part of a run; the fewest of a run */
enum { PARTS_MOST = 64, WAITING = 4, SLICES = 32 };  /* parts of a run; runs of a thread; slices of the sums */
enum { EFFORT = 1 << 18, FLUSH = 1 << 10 };          /* words of a run on all its rows, and more for each of its sums */
#define WORD 4e-11                                   /* seconds that a word of a program takes on a row, as a first guess */

typedef struct {
    Kernel kernel;
    uint32_t result, n;
    const uint32_t *places;
} Instruction;

typedef struct {                                     /* instructions that run abreast, on a single row */
    Kernel kernel;
    uint32_t result, n, lanes, gathers;              /* where the results go; so many operands are gathered first */
} Batch;

/* The words of a batch are where to gather, how many, and from where, for each of its gathers; then what its kernel is told.
 * Behind those of all are the results' places. */
typedef struct {
    uint32_t batches, start, size;                   /* where values begin, and end, counted from the first uniform */
    uint32_t *words;
    Batch at[];
} Abreast;

typedef struct {
    long rows, registers, columns, uniforms, leaves, sums, results;
    long run, part;                                  /* rows of a run, and of its parts: the program alone decides */
    int again;                                       /* whether several instructions share a sum */
    long seed;                                       /* its register, or -1 */
    uint32_t start;                                  /* the uniform -0, with which sums begin */
    long lengths[3];                                 /* of the stages */
    double pace;                                     /* seconds that a row takes, as far as known */
    Instruction *stages[3];
    uint32_t *words, *column, *leaf, *sum, *result;  /* result: places; column: registers, or NONE */
    double *numbers;                                 /* the uniforms before they are found */
    const Machine *machine;
    size_t room;                                     /* of a thread, in bytes: registers, and sums in lanes */
    Abreast *abreast;                                /* how a single row runs, or NULL */
    int singles;                                     /* calls with a single row before that was found */
    void *memory;                                    /* of a call, kept for the next */
    int taken;                                       /* by a call; whoever looks holds Python's lock */
} Program;

#define NONE UINT32_MAX

/* So many numbers, in whole vectors. */
static Py_ssize_t padded(Py_ssize_t n) { return (n + LANE_COUNT - 1) / LANE_COUNT * LANE_COUNT; }

#define NAME "engine.native.blocks.Program"

static void free_program(Program *program)
{
    for (int stage = 0; stage < 3; stage++)
        free(program->stages[stage]);
    if (program->abreast)
        free(program->abreast->words);
    free(program->abreast);
    free(program->memory);
    free(program->words);
    free(program->numbers);
    free(program);
}

static void release(PyObject *capsule) { free_program(PyCapsule_GetPointer(capsule, NAME)); }

static const Machine *machines[3];

static int supported(const Machine *machine)
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (machine == &machine_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (machine == &machine_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return 1;
}

static const Machine *machine_called(const char *title)
{
    for (int i = 0; i < 3; i++)
        if (machines[i] && !strcmp(machines[i]->title, title))
            return machines[i];
    PyErr_Format(PyExc_ValueError, "no machine is called %s here", title);
    return NULL;
}
