/* A program as it comes from Python, made ready to run. */

typedef struct {                                     /* arrays of numbers without sign, unless said otherwise */
    Py_buffer codes, counts, operands;               /* for each place what finds it, how many operands; all of them in order */
    Py_buffer stages;                                /* for each place when it is found, in bytes */
    Py_buffer known;                                 /* the places of the seed, of 0, 1, -1 and -0 */
    Py_buffer constants, numbers;                    /* the places that are numbers, and these, as doubles */
    Py_buffer targets;                               /* of the numbers that are added up over the rows, the sum of each */
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
    if ((SUM <= code && code < CODE_select) || code == CODE_gate || code == CODE_total)
        return n == 2;
    return code == CODE_select ? n == 3 : code == PRODUCTS ? n && n % 2 == 0 : code == CODE_reduce ? n >= 2
         : code < RESULT ? n > 0 && code != CODE_layer : n == 0;
}

/* Whether every instruction has operands, which were found before, and what is added up, on the rows, a sum. */
static int in_order(const Given *given)
{
    const size_t count = length_of(&given->codes), n = length_of(&given->operands), sums = length_of(&given->sums);
    const uint32_t *codes = given->codes.buf, *counts = given->counts.buf, *operands = given->operands.buf;
    const unsigned char *stages = given->stages.buf;
    size_t at = 0, added = 0;
    for (size_t p = 0; p < count; p++) {
        if (codes[p] > NOTHING || stages[p] > AFTER || counts[p] > n - at || !takes(codes[p], counts[p])
            || (p == 0 && codes[p] != NOTHING) || (codes[p] == CODE_total && !sums)
            || ((codes[p] == CODE_total || codes[p] == CODE_reduce) && stages[p] != ON))
            return 0;
        added += codes[p] == CODE_reduce ? counts[p] - 1 : 0;
        for (uint32_t k = 0; k < counts[p]; k++)
            if (operands[at++] >= p)
                return 0;
    }
    for (size_t i = 0; i < length_of(&given->targets); i++)
        if (numbers_in(&given->targets)[i] >= sums)
            return 0;
    return at == n && added == length_of(&given->targets);
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
    *fusion = (Fusion){.stages = given->stages.buf, .targets = given->targets.buf,
                       .sums = (uint32_t)length_of(&given->sums), .count = (uint32_t)length_of(&given->codes), .seed = known[0],
                       .zero = known[1], .one = known[2], .minus = known[3], .start = known[4], .mask = 1023, .nowhere = NONE};
    while (fusion->mask < 2 * fusion->count)
        fusion->mask = 2 * fusion->mask + 1;
    fusion->places = calloc(fusion->count, sizeof(Place));
    fusion->table = calloc((size_t)fusion->mask + 1, sizeof *fusion->table);
    fusion->adding = calloc((size_t)fusion->sums + 1, sizeof *fusion->adding);
    fusion->operands = (Words){malloc(room * sizeof(uint32_t)), n, room, 0};
    if (!fusion->places || !fusion->table || !fusion->adding || !fusion->operands.at)
        return 0;
    if (n)
        memcpy(fusion->operands.at, given->operands.buf, n * sizeof(uint32_t));
    for (uint32_t p = 0; p < fusion->count; first += counts[p++])
        fusion->places[p] = (Place){.code = on_rows(fusion, p) ? codes[p] : NOTHING, .n = counts[p], .first = first, .same = p,
                                    .place = NONE, .reader = NONE};
    return 1;
}

static int failed(const Fusion *fusion)
{
    return fusion->operands.failed || fusion->terms.failed || fusion->merged.failed || fusion->words.failed
        || fusion->idle.failed || fusion->late.failed || fusion->raised;
}

static void end_fusion(Fusion *fusion)
{
    void *all[] = {fusion->places, fusion->table, fusion->adding, fusion->operands.at, fusion->terms.at, fusion->merged.at,
                   fusion->words.at, fusion->idle.at, fusion->late.at};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

/* Write all instructions, in terms of places; `ends` is where each stage ends among the words. */
static void fuse(Fusion *fusion, const Given *given, size_t *ends)
{
    find_equals(fusion);
    find_users(fusion, given->results.buf, length_of(&given->results));
    for (uint32_t at = 0; at < fusion->count && undisturbed(fusion, at); at++)
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
static int assemble(Program *program, const Given *given, Fusion *fusion, const size_t *ends)
{
    const Py_buffer *places[] = {&given->columns, &given->leaves, &given->sums, &given->results};
    uint32_t **starts[] = {&program->column, &program->leaf, &program->sum, &program->result};
    long *lengths[] = {&program->columns, &program->leaves, &program->sums, &program->results};
    for (int i = 0; i < 4; i++) {
        *lengths[i] = (long)length_of(places[i]);
        for (long k = 0; k < *lengths[i]; k++) {
            const uint32_t place = fusion->places[fusion->places[numbers_in(places[i])[k]].same].place;
            push(&fusion->words, i == 3 || place == NONE ? place : place >> 1);
        }
    }
    program->uniforms = fusion->uniforms + 1;        /* the last is where an instruction leaves what is no result */
    program->numbers = calloc((size_t)program->uniforms, sizeof(double));
    if (!program->numbers || failed(fusion))
        return 0;
    for (size_t k = 0; k < length_of(&given->constants); k++)
        program->numbers[fusion->places[numbers_in(&given->constants)[k]].place >> 1] = ((const double *)given->numbers.buf)[k];
    program->words = fusion->words.at;
    fusion->words.at = NULL;
    uint32_t *next = program->words + ends[AFTER];
    for (int i = 0; i < 4; next += *lengths[i++])
        *starts[i] = next;
    return decode(program, BEFORE, program->words, program->words + ends[BEFORE])
        && decode(program, ON, program->words + ends[BEFORE], program->words + ends[ON])
        && decode(program, AFTER, program->words + ends[ON], program->words + ends[AFTER]);
}

/* How many rows a run has: fewer, where a row takes many words; more, where there are many sums to flush. Its parts are
 * worked on in blocks as long as each other, about: of rows with the same numbers in a run all finds the same bits. */
static void measure_run(Program *program, double words)
{
    const double rows = (EFFORT + (double)FLUSH * program->sums) / (words + 1.0);
    const long most = PARTS_MOST * PART, few = rows < most ? (long)rows : most;
    program->run = few < TILE ? TILE : few < PART ? few / TILE * TILE : few / PART * PART;
    program->part = program->run < PART ? program->run : PART;
    const long blocks = (program->part + program->rows - 1) / program->rows;
    program->rows = (long)padded((program->part + blocks - 1) / blocks);
    program->pace = WORD * words;
}

/* Let the program be what was given; whether there was enough memory, and it is one. */
static int make(Program *program, const Given *given, Fusion *fusion)
{
    size_t ends[3];
    if (!begin_fusion(fusion, given))
        return 0;
    fuse(fusion, given, ends);
    if (failed(fusion))
        return 0;
    find_last_uses(fusion, fusion->words.at + ends[BEFORE], fusion->words.at + ends[ON], given->results.buf,
                   length_of(&given->results));
    place_leaves(fusion, given->columns.buf, length_of(&given->columns));
    place_all(fusion, ends);
    if (fusion->wrong || !assemble(program, given, fusion, ends))
        return 0;
    const uint32_t seed = fusion->places[fusion->seed].place;
    program->seed = seed == NONE ? -1L : (long)(seed >> 1);
    program->start = fusion->places[fusion->start].place >> 1;
    program->registers = fusion->registers ? fusion->registers : 1;
    program->rows = program->rows ? program->rows : fitting(fusion->registers, fusion->sums);
    measure_run(program, (double)(ends[ON] - ends[BEFORE]));
    program->again = fusion->again;
    program->room = 64 + sizeof(double) * (size_t)(program->registers * program->rows
                                                   + (LANE_COUNT + 2 * WAITING) * padded(program->sums));
    return 1;
}

/* The program that was given, in a capsule. */
static PyObject *loaded(const Given *given, const Machine *machine, long rows)
{
    const int good = rows >= 0 && rows <= MOST && rows % LANE_COUNT == 0 && fits(given);
    Fusion fusion = {.wrong = !good};
    Program *program = good ? calloc(1, sizeof *program) : NULL;
    PyObject *capsule = NULL;
    if (program) {
        program->machine = machine;
        program->rows = rows;
        if (make(program, given, &fusion))
            capsule = PyCapsule_New(program, NAME, release);
        if (!capsule)
            free_program(program);
    }
    end_fusion(&fusion);
    if (!capsule && !PyErr_Occurred())
        PyErr_SetString(fusion.wrong ? PyExc_ValueError : PyExc_MemoryError,
                        fusion.wrong ? "this is no program" : "there is no memory for a program");
    return capsule;
}

/* load(machine, rows, codes, ...): a program, with so many rows in a block, 0 for as many as fit; see Given. */
static PyObject *blocks_load(PyObject *module, PyObject *args)
{
    const char *title;
    long rows;
    Given given;
    if (!PyArg_ParseTuple(args, "sly*y*y*y*y*y*y*y*y*y*y*y*", &title, &rows, &given.codes, &given.counts, &given.operands,
                          &given.stages, &given.known, &given.constants, &given.numbers, &given.targets, &given.columns,
                          &given.leaves, &given.sums, &given.results))
        return NULL;
    const Machine *machine = machine_called(title);
    PyObject *program = machine ? loaded(&given, machine, rows) : NULL;
    for (Py_buffer *each = &given.codes; each <= &given.results; each++)
        PyBuffer_Release(each);
    return program;
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
