/* A single row, whose instructions run abreast. */
enum { HABIT = 32 };                                 /* calls with one row, about as long as it takes to find the batches */

/* Whether a program's instructions run abreast for one row, as they can be once it is called with one again and again. */
static int runs_abreast(Program *program)
{
    if (!program->abreast && !program->taken && program->singles < HABIT && ++program->singles == HABIT) {
        program->abreast = abreast(program);
        free(program->memory);                       /* it has no room for that */
        program->memory = NULL;
    }
    return program->abreast != NULL;
}

/* The numbers of a row where the first values are; whether all are finite. */
static int fill_slots(double *slots, const double *row, long n)
{
    double check = 0.0;
    slots[UNITY] = 1.0;
    slots[NOUGHT] = 0.0;
    for (long k = 0; k < n; k++) {
        slots[FIRST + k] = row[k];
        check += row[k] - row[k];
    }
    return check == 0.0;
}

/* z + x as a pair of doubles. */
static void take_up(double *z, double *rest, double x)
{
    const double sum = *z + x, shift = sum - *z;
    *rest += (*z - (sum - shift)) + (x - shift);
    *z = sum;
}

/* Let the instructions run on a row; its sums are 0 at first. Whether all is finite. */
static int run_single(const Program *program, double *numbers, const double *row, double *output, double *whole)
{
    const Abreast *all = program->abreast;
    const uint32_t *word = all->words;
    double *const lost = whole + padded(program->sums);
    int bad = !fill_slots(numbers + all->start, row, program->columns);
    Frame frame = {.registers = numbers, .uniforms = numbers, .sums = whole, .bad = &bad, .rows = 1};
    for (const Batch *batch = all->at; batch < all->at + all->batches; batch++, word += batch[-1].n) {
        for (uint32_t k = batch->gathers; k > 0; k--, word += 2 + word[1])
            program->machine->gather(numbers + word[0], numbers, word + 2, word[1]);
        frame.count = batch->lanes;
        if (batch->kernel)
            batch->kernel(&frame, numbers + batch->result, word, batch->n);
        else
            take_up(whole, lost, numbers[*word]);
    }
    for (long k = 0; k < program->sums; k++)
        whole[k] += 0.0;                             /* as with other lanes: -0 becomes 0 */
    for (long k = 0; output && k < program->results; k++)
        output[k] = numbers[word[k]];
    return !bad && (!program->sums || whole[0] - whole[0] == 0.0);
}
