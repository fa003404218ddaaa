/* A program of the block interpreter: its instructions in three stages, and where it takes and leaves its numbers. */
enum { RUN = 192, MOST = 256, TILE = 32 };           /* rows: the fewest of a run that is not alone, the most of a block */
enum { SEGMENTS = 24, SEGMENT_RUNS = 8 };
#define WORD 4e-11                                   /* seconds that a word of a program takes on a row, as a first guess */

typedef struct {
    Kernel kernel;
    uint32_t result, n;
    const uint32_t *places;
} Instruction;

typedef struct {
    long rows, registers, columns, uniforms, leaves, sums, results;
    long seed;                                       /* its register, or -1 */
    long lengths[3];                                 /* of the stages */
    double pace;                                     /* seconds that a row takes, as far as known */
    Instruction *stages[3];
    uint32_t *words, *column, *leaf, *sum, *result;  /* result: places; column: registers, or NONE */
    double *numbers;                                 /* the uniforms before they are found */
    const Machine *machine;
    size_t room;                                     /* of a thread, in bytes: registers, and sums in lanes */
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

/* Each instruction is its code, its result, the number of its places, and these; whether all lie within bounds. */
static int decode(Program *program, int stage, const uint32_t *words, size_t length)
{
    long n = 0;
    for (size_t at = 0; at < length; at += 3 + words[at + 2], n++)
        if (at + 3 > length || words[at] >= CODES || words[at + 2] > length - at - 3)
            return 0;
    Instruction *to = program->stages[stage] = calloc((size_t)n + 1, sizeof(Instruction));
    program->lengths[stage] = n;
    for (size_t at = 0; to && at < length; at += 3 + words[at + 2])
        *to++ = (Instruction){program->machine->kernels[words[at]], words[at + 1], words[at + 2], words + at + 3};
    return program->stages[stage] != NULL;
}

/* load(machine, rows, registers, seed, before, on, after, columns, leaves, sums, results, numbers): a program. */
static PyObject *blocks_load(PyObject *module, PyObject *args)
{
    const char *title;
    Program *program = calloc(1, sizeof(Program));
    Py_buffer words[7], numbers;
    if (!program)
        return PyErr_NoMemory();
    if (!PyArg_ParseTuple(args, "sllly*y*y*y*y*y*y*y*", &title, &program->rows, &program->registers, &program->seed,
                          &words[0], &words[1], &words[2], &words[3], &words[4], &words[5], &words[6], &numbers)) {
        free(program);
        return NULL;
    }
    size_t length = 0, lengths[7];
    for (int i = 0; i < 7; i++)
        length += lengths[i] = (size_t)words[i].len / sizeof(uint32_t);
    uint32_t *at = program->words = malloc((length + 1) * sizeof(uint32_t));
    program->numbers = malloc((size_t)numbers.len + 1);
    int good = at && program->numbers && (program->machine = machine_called(title)) && program->rows <= MOST
            && program->rows % LANE_COUNT == 0 && program->rows > 0;
    for (int i = 0; good && i < 7; at += lengths[i++]) {
        if (words[i].len)
            memcpy(at, words[i].buf, lengths[i] * sizeof(uint32_t));
        if (i < 3)
            good = decode(program, i, at, lengths[i]);
        else
            *(uint32_t **[]){&program->column, &program->leaf, &program->sum, &program->result}[i - 3] = at;
    }
    if (good)
        memcpy(program->numbers, numbers.buf, (size_t)numbers.len);
    program->pace = WORD * (double)lengths[1];
    program->columns = (long)lengths[3];
    program->leaves = (long)lengths[4];
    program->sums = (long)lengths[5];
    program->results = (long)lengths[6];
    program->uniforms = (long)(numbers.len / (Py_ssize_t)sizeof(double));
    program->room = 64 + sizeof(double) * (size_t)(program->registers * program->rows + LANE_COUNT * padded(program->sums));
    for (int i = 0; i < 7; i++)
        PyBuffer_Release(&words[i]);
    PyBuffer_Release(&numbers);
    PyObject *capsule = good ? PyCapsule_New(program, NAME, release) : NULL;
    if (!capsule) {
        free_program(program);
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "this is no program");
    }
    return capsule;
}

