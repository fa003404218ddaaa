/* A program as it comes from Python, made ready to run. */

typedef struct {                                     /* arrays of numbers without sign, unless said otherwise */
    Py_buffer codes, counts, operands;               /* for each place what finds it, how many operands; all of them in order */
    Py_buffer stages;                                /* for each place when it is found, in bytes */
    Py_buffer known;                                 /* the places of the seed, of 0, 1, -1 and -0 */
    Py_buffer constants, numbers;                    /* the places that are numbers, and these, as doubles */
    Py_buffer columns, leaves, sums, results;
} Given;

enum { KNOWN = 5 };

static const uint32_t *numbers_in(const Py_buffer *some) { return some->buf; }
static size_t length_of(const Py_buffer *some) { return (size_t)some->len / sizeof(uint32_t); }

/* Whether all of some places are there, and found in one of these stages. */
static int are_found(const Given *given, const Py_buffer *places, unsigned stages)
{
    for (size_t i = 0; i < length_of(places); i++) {
        const uint32_t p = numbers_in(places)[i];
        if (p >= length_of(&given->codes) || !(stages >> ((const unsigned char *)given->stages.buf)[p] & 1))
            return 0;
    }
    return 1;
}

/* Whether an instruction can have so many operands. */
static int takes(uint32_t code, uint32_t n)
{
    if (code <= CODE_pow || (CODE_lt <= code && code <= CODE_or) || code == CODE_max || code == CODE_min
        || code == CODE_gate || code == CODE_total)
        return n == 2;
    return code == CODE_select ? n == 3 : code == PRODUCTS ? n && n % 2 == 0 : code == CODE_reduce ? n >= 2
         : code < RESULT ? n > 0 && code != CODE_layer : n == 0;
}

/* Whether every instruction has operands, which were found before. */
static int in_order(const Given *given)
{
    const size_t count = length_of(&given->codes), n = length_of(&given->operands);
    const uint32_t *codes = given->codes.buf, *counts = given->counts.buf, *operands = given->operands.buf;
    const unsigned char *stages = given->stages.buf;
    size_t at = 0;
    for (size_t p = 0; p < count; p++) {
        if (codes[p] > NOTHING || stages[p] > AFTER || counts[p] > n - at || !takes(codes[p], counts[p])
            || (p == 0 && codes[p] != NOTHING))
            return 0;
        for (uint32_t k = 0; k < counts[p]; k++)
            if (operands[at++] >= p)
                return 0;
    }
    return at == n;
}

/* Whether what came can be a program. */
static int fits(const Given *given)
{
    enum { SAME = 1 << BEFORE, VARIES = 1 << ON, SUMMED = 1 << AFTER };
    const size_t count = length_of(&given->codes);
    return count > 0 && count < PLACES && length_of(&given->counts) == count && (size_t)given->stages.len == count
        && in_order(given) && length_of(&given->known) == KNOWN && are_found(given, &given->known, SAME | VARIES)
        && are_found(given, &given->columns, VARIES) && are_found(given, &given->leaves, SAME)
        && are_found(given, &given->sums, SUMMED) && are_found(given, &given->results, SAME | VARIES | SUMMED)
        && are_found(given, &given->constants, SAME)
        && (size_t)given->numbers.len == length_of(&given->constants) * sizeof(double);
}

/* The places as they came, and the operands in memory that can grow; whether there was enough. */
static int begin_fusion(Fusion *fusion, const Given *given)
{
    const uint32_t *codes = given->codes.buf, *counts = given->counts.buf, *known = given->known.buf;
    const size_t n = length_of(&given->operands), room = n + n / 4 + 16;
    uint32_t first = 0;
    *fusion = (Fusion){.stages = given->stages.buf, .count = (uint32_t)length_of(&given->codes), .seed = known[0],
                       .zero = known[1], .one = known[2], .minus = known[3], .start = known[4], .sums = 1, .mask = 1023};
    while (fusion->mask < 2 * fusion->count)
        fusion->mask = 2 * fusion->mask + 1;
    fusion->places = calloc(fusion->count, sizeof(Place));
    fusion->table = calloc((size_t)fusion->mask + 1, sizeof *fusion->table);
    fusion->operands = (Words){malloc(room * sizeof(uint32_t)), n, room, 0};
    if (!fusion->places || !fusion->table || !fusion->operands.at)
        return 0;
    if (n)
        memcpy(fusion->operands.at, given->operands.buf, n * sizeof(uint32_t));
    for (uint32_t p = 0; p < fusion->count; first += counts[p++])
        fusion->places[p] = (Place){.code = on_rows(fusion, p) ? codes[p] : NOTHING, .n = counts[p], .first = first, .same = p};
    return 1;
}

static void end_fusion(Fusion *fusion)
{
    free(fusion->places);
    free(fusion->table);
    free(fusion->operands.at);
    free(fusion->terms.at);
    free(fusion->merged.at);
    free(fusion->words.at);
}

/* Write all instructions, in terms of places; `ends` is where each stage ends among the words. */
static void fuse(Fusion *fusion, const Given *given, size_t *ends)
{
    find_equals(fusion);
    find_users(fusion, given->results.buf, length_of(&given->results));
    for (uint32_t at = 0; at < fusion->count; at++)
        if (is_sum(&fusion->places[at]))
            merge(fusion, at);
    group(fusion);
    for (int stage = BEFORE; stage <= AFTER; ends[stage++] = fusion->words.n) {
        if (stage == ON)
            write_rows(fusion);
        else
            write_uniform(fusion, given->codes.buf, stage);
    }
}

/* The instructions of a stage; whether there was enough memory. */
static int decode(Program *program, int stage, const uint32_t *word, const uint32_t *end)
{
    long n = 0;
    for (const uint32_t *at = word; at < end; at += 3 + at[2])
        n++;
    Instruction *to = program->stages[stage] = calloc((size_t)n + 1, sizeof(Instruction));
    program->lengths[stage] = n;
    for (; to && word < end; word += 3 + word[2])
        *to++ = (Instruction){program->machine->kernels[word[0]], word[1], word[2], word + 3};
    return program->stages[stage] != NULL;
}

/* Take over the words of the instructions, and say where numbers are taken and left; whether there was enough memory. */
static int assemble(Program *program, const Given *given, Fusion *fusion, const Registers *to, const size_t *ends)
{
    const Py_buffer *places[] = {&given->columns, &given->leaves, &given->sums, &given->results};
    uint32_t **starts[] = {&program->column, &program->leaf, &program->sum, &program->result};
    long *lengths[] = {&program->columns, &program->leaves, &program->sums, &program->results};
    for (int i = 0; i < 4; i++) {
        *lengths[i] = (long)length_of(places[i]);
        for (long k = 0; k < *lengths[i]; k++) {
            const uint32_t place = to->found[fusion->places[numbers_in(places[i])[k]].same];
            push(&fusion->words, i == 3 || place == NONE ? place : place >> 1);
        }
    }
    program->words = fusion->words.at;
    program->numbers = calloc((size_t)program->uniforms, sizeof(double));
    int good = program->numbers && !fusion->words.failed;
    for (size_t k = 0; good && k < length_of(&given->constants); k++)
        program->numbers[to->found[numbers_in(&given->constants)[k]] >> 1] = ((const double *)given->numbers.buf)[k];
    for (int stage = BEFORE; good && stage <= AFTER; stage++)
        good = decode(program, stage, program->words + (stage ? ends[stage - 1] : 0), program->words + ends[stage]);
    uint32_t *next = program->words + (good ? ends[AFTER] : 0);
    for (int i = 0; good && i < 4; next += *lengths[i++])
        *starts[i] = next;
    fusion->words.at = NULL;
    return good;
}

/* Let the program be what was given; whether there was enough memory, and it is one. */
static int make(Program *program, const Given *given, Fusion *fusion, uint32_t *memory, int *bad)
{
    const size_t count = length_of(&given->codes);
    size_t ends[3];
    Registers to = {memory, memory + count + 1, memory + 2 * (count + 1), memory + 3 * (count + 1), .nowhere = NONE};
    fuse(fusion, given, ends);
    if (fusion->operands.failed || fusion->terms.failed || fusion->merged.failed || fusion->words.failed)
        return 0;
    find_last_uses(&to, fusion, fusion->words.at + ends[BEFORE], fusion->words.at + ends[ON], given->results.buf,
                   length_of(&given->results));
    place_leaves(&to, fusion, given->columns.buf, length_of(&given->columns));
    place_all(&to, fusion->words.at, ends);
    program->uniforms = to.uniforms + 1;             /* the last is where an instruction leaves what is no result */
    program->registers = to.registers ? to.registers : 1;
    program->rows = program->rows ? program->rows : fitting(to.registers);
    program->seed = to.found[fusion->seed] == NONE ? -1L : (long)(to.found[fusion->seed] >> 1);
    program->pace = WORD * (double)(ends[ON] - ends[BEFORE]);
    *bad = to.bad;
    const int good = !to.bad && assemble(program, given, fusion, &to, ends);
    program->room = 64 + sizeof(double) * (size_t)(program->registers * program->rows + LANE_COUNT * padded(program->sums));
    return good;
}

/* The program that was given, or NULL with an error. */
static Program *loaded(const Given *given, const Machine *machine, long rows)
{
    int bad = rows < 0 || rows > MOST || rows % LANE_COUNT || !fits(given), good = 0;
    Program *program = bad ? NULL : calloc(1, sizeof *program);
    uint32_t *memory = program ? malloc(4 * (length_of(&given->codes) + 1) * sizeof *memory) : NULL;
    Fusion fusion = {0};
    if (memory) {
        program->machine = machine;
        program->rows = rows;
        good = begin_fusion(&fusion, given) && make(program, given, &fusion, memory, &bad);
    }
    free(memory);
    end_fusion(&fusion);
    if (good)
        return program;
    if (program)
        free_program(program);
    PyErr_SetString(bad ? PyExc_ValueError : PyExc_MemoryError, bad ? "this is no program" : "no memory for a program");
    return NULL;
}

/* load(machine, rows, codes, ...): a program, with so many rows in a block, 0 for as many as fit; see Given. */
static PyObject *blocks_load(PyObject *module, PyObject *args)
{
    const char *title;
    long rows;
    Given given;
    if (!PyArg_ParseTuple(args, "sly*y*y*y*y*y*y*y*y*y*y*", &title, &rows, &given.codes, &given.counts, &given.operands,
                          &given.stages, &given.known, &given.constants, &given.numbers, &given.columns, &given.leaves,
                          &given.sums, &given.results))
        return NULL;
    const Machine *machine = machine_called(title);
    Program *program = machine ? loaded(&given, machine, rows) : NULL;
    for (Py_buffer *each = &given.codes; each <= &given.results; each++)
        PyBuffer_Release(each);
    PyObject *capsule = program ? PyCapsule_New(program, NAME, release) : NULL;
    if (program && !capsule)
        free_program(program);
    return capsule;
}

/* words(program): the instructions of each stage as their kernels are told, each its code, its result, the number of its
 * words, and these; then where columns, leaves, sums and results are. For tests. */
static PyObject *blocks_words(PyObject *module, PyObject *capsule)
{
    const Program *program = PyCapsule_GetPointer(capsule, NAME);
    if (!program)
        return NULL;
    const uint32_t *begin = program->words;
    const long lengths[] = {program->columns, program->leaves, program->sums, program->results};
    PyObject *all = PyTuple_New(7);
    for (int i = 0; all && i < 7; i++) {
        const uint32_t *end = begin + (i < 3 ? 0 : lengths[i - 3]);
        for (long k = 0; i < 3 && k < program->lengths[i]; k++)
            end += 3 + end[2];
        PyObject *some = PyBytes_FromStringAndSize((const char *)begin, (end - begin) * (Py_ssize_t)sizeof *begin);
        if (some)
            PyTuple_SET_ITEM(all, i, some);
        else
            Py_CLEAR(all);
        begin = end;
    }
    return all;
}
