/* The block interpreter of replays: a program of instructions runs on blocks of rows that stay in the cache.
 *
 * Rows are summed in runs, of which the program alone says how long they are: so a row's number says in which one it is.
 * The rows of a part of a run are added up plainly, in LANE_COUNT lanes, parts and runs as pairs of doubles, in their
 * order: so neither threads, nor the size of a block, nor who computes a run changes a result. A part in which some result
 * is not finite counts nothing and is reported. A single row, where that is a habit, has instructions side by side in the
 * lanes instead of rows, and finds what it did. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "blocks.h"
#include "program.h"
#include "fusing.h"
#include "grouping.h"
#include "registers.h"
#include "loading.h"
#include "tasks.h"
#include "slots.h"
#include "batches.h"
#include "single.h"
#include "running.h"
#include "helping.h"
#include "performing.h"
#include "gradient.h"
#include "updating.h"

/* apply(machine, code, arguments, result): the instruction on columns of numbers; for tests. */
static PyObject *blocks_apply(PyObject *module, PyObject *args)
{
    const char *title;
    unsigned code;
    Py_buffer from, to;
    if (!PyArg_ParseTuple(args, "sIy*w*", &title, &code, &from, &to))
        return NULL;
    const Machine *machine = machine_called(title);
    const long count = (long)(to.len / (Py_ssize_t)sizeof(double));
    if (machine && (code >= CODE_layer || count == 0 || count % LANE_COUNT || from.len % to.len))
        PyErr_SetString(PyExc_ValueError, "no such instruction, or columns of no multiple of 8 numbers");
    else if (machine) {
        int bad = 0;
        uint32_t places[16], n = (uint32_t)(from.len / to.len);
        Frame frame = {.registers = from.buf, .bad = &bad, .rows = count, .count = count};
        for (uint32_t i = 0; i < 16; i++)
            places[i] = 2 * (i < n ? i : 0);
        machine->kernels[code](&frame, to.buf, places, n < 16 ? n : 16);
    }
    PyBuffer_Release(&from);
    PyBuffer_Release(&to);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef blocks_methods[] = {
    {"load", blocks_load, METH_VARARGS, "A program from what finds each place, and where it takes and leaves its numbers."},
    {"words", blocks_words, METH_O, "A program as its kernels are told."},
    {"perform", blocks_perform, METH_VARARGS, "Run a program on rows."},
    {"joined", blocks_joined, METH_VARARGS, "The sums of a run that stands for the first ones."},
    {"total", blocks_total, METH_VARARGS, "A program's results, from the sums of its runs."},
    {"batches", blocks_batches, METH_O, "In how many batches a single row runs; 0 if it runs like others."},
    {"measures", blocks_measures, METH_O, "How many rows a run has, and how many numbers its sums are."},
    {"gradient", blocks_gradient, METH_VARARGS, "The functions of rows that give a program's gradient to the leaves."},
    {"update", blocks_update, METH_VARARGS, "Move nodes to where a program has them; whether it was done."},
    {"listed", blocks_listed, METH_VARARGS, "The numbers of a list of lists in memory."},
    {"apply", blocks_apply, METH_VARARGS, "Run one instruction on columns of numbers."},
    {NULL},
};

#define TEXT(name) #name " "

static int blocks_exec(PyObject *module)
{
    const Machine *all[] = {
#if defined(__x86_64__) && defined(__GNUC__)
        &machine_avx512, &machine_avx2,
#endif
        &machine_plain};
    PyObject *titles = PyList_New(0);
    for (size_t i = 0, n = 0; titles && i < sizeof all / sizeof *all; i++)
        if (supported(all[i])) {
            PyObject *title = PyUnicode_FromString(all[i]->title);
            if (!title || PyList_Append(titles, title))
                return -1;
            Py_DECREF(title);
            machines[n++] = all[i];
        }
    return !titles || PyModule_AddObject(module, "MACHINES", titles)
        || PyModule_AddIntConstant(module, "FORM", FORM)    /* a checksum of the Python that makes programs for this */
        || PyModule_AddStringConstant(module, "INSTRUCTIONS", INSTRUCTIONS(TEXT) ROWS(TEXT))
        || PyModule_AddStringConstant(module, "ROWS", ROWS_WRITTEN) ? -1 : 0;
}

static PyModuleDef_Slot blocks_slots[] = {
    {Py_mod_exec, blocks_exec},
#ifdef Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
#ifdef Py_MOD_GIL_NOT_USED
    {Py_mod_gil, Py_MOD_GIL_USED},
#endif
    {0, NULL},
};

static PyModuleDef blocks_module = {
    PyModuleDef_HEAD_INIT, .m_name = "engine.native.blocks", .m_doc = "The block interpreter of replays.",
    .m_methods = blocks_methods, .m_slots = blocks_slots,
};

PyMODINIT_FUNC PyInit_blocks(void) { return PyModuleDef_Init(&blocks_module); }
