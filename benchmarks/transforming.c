/* W3, the transformer of benchmarks/transformer.py, by hand: the mean loss of some names, its gradient, Adam's step.
 *
 * Loops over numbers, as one writes them down; the compiler makes vectors of what it can. A name is its letters' numbers
 * with 0 before and after them, all names one after the other. */
#include <math.h>
#include <string.h>

enum { LETTERS = 27, PLACES = 16, WIDTH = 16, HEADS = 4, SIZE = WIDTH / HEADS, HIDDEN = 64 };

typedef struct {
    double letters[LETTERS][WIDTH], places[PLACES][WIDTH], queries[WIDTH][WIDTH], keys[WIDTH][WIDTH];
    double values[WIDTH][WIDTH], joined[WIDTH][WIDTH], hidden[HIDDEN][WIDTH], out[WIDTH][HIDDEN], guesses[LETTERS][WIDTH];
} weights;

/* y = matrix x, for so many rows of so many numbers */
static inline void linear(const double *restrict matrix, const double *restrict x, double *restrict y, const int rows,
                          const int width)
{
    for (int i = 0; i < rows; i++) {
        double z = 0.0;
        for (int j = 0; j < width; j++)
            z += matrix[i * width + j] * x[j];
        y[i] = z;
    }
}

/* its way back: the slopes of y add to those of the matrix and of x */
static inline void back(const double *restrict matrix, const double *restrict x, const double *restrict dy,
                        double *restrict dmatrix, double *restrict dx, const int rows, const int width)
{
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < width; j++) {
            dmatrix[i * width + j] += dy[i] * x[j];
            dx[j] += dy[i] * matrix[i * width + j];
        }
}

/* y = x, divided by the root of its mean square; gives what it is multiplied by */
static inline double normed(const double *restrict x, double *restrict y)
{
    double square = 0.0;
    for (int j = 0; j < WIDTH; j++)
        square += x[j] * x[j];
    const double scale = 1.0 / sqrt(square / WIDTH + 1e-5);
    for (int j = 0; j < WIDTH; j++)
        y[j] = x[j] * scale;
    return scale;
}

static inline void normed_back(const double *restrict x, const double scale, const double *restrict dy, double *restrict dx)
{
    double sum = 0.0;
    for (int j = 0; j < WIDTH; j++)
        sum += dy[j] * x[j];
    const double turn = sum * scale * scale * scale / WIDTH;
    for (int j = 0; j < WIDTH; j++)
        dx[j] += dy[j] * scale - x[j] * turn;
}

/* The loss of one name, a mean over its guesses; its slopes, times `share`, are added to `d`. */
static double one_name(const int *text, const int length, const weights *w, weights *d, const double share)
{
    double x[PLACES][WIDTH], a[PLACES][WIDTH], b[PLACES][WIDTH], q[PLACES][WIDTH], k[PLACES][WIDTH], v[PLACES][WIDTH];
    double shares[PLACES][HEADS][PLACES], read[PLACES][WIDTH], mid[PLACES][WIDTH], c[PLACES][WIDTH], h[PLACES][HIDDEN];
    double end[PLACES][WIDTH], z[PLACES][LETTERS], scales[PLACES][3], loss = 0.0;
    for (int t = 0; t < length; t++) {
        double more[WIDTH];
        for (int j = 0; j < WIDTH; j++)
            x[t][j] = w->letters[text[t]][j] + w->places[t][j];
        scales[t][0] = normed(x[t], a[t]);
        scales[t][1] = normed(a[t], b[t]);
        linear(&w->queries[0][0], b[t], q[t], WIDTH, WIDTH);
        linear(&w->keys[0][0], b[t], k[t], WIDTH, WIDTH);
        linear(&w->values[0][0], b[t], v[t], WIDTH, WIDTH);
        for (int head = 0; head < HEADS; head++) {
            const int from = head * SIZE;
            double *p = shares[t][head], largest = -INFINITY, sum = 0.0;
            for (int s = 0; s <= t; s++) {
                p[s] = 0.0;
                for (int j = from; j < from + SIZE; j++)
                    p[s] += q[t][j] * k[s][j];
                p[s] *= 1.0 / sqrt(SIZE);
                largest = p[s] > largest ? p[s] : largest;
            }
            for (int s = 0; s <= t; s++)
                sum += p[s] = exp(p[s] - largest);
            for (int j = from; j < from + SIZE; j++)
                read[t][j] = 0.0;
            for (int s = 0; s <= t; s++) {
                p[s] /= sum;
                for (int j = from; j < from + SIZE; j++)
                    read[t][j] += p[s] * v[s][j];
            }
        }
        linear(&w->joined[0][0], read[t], more, WIDTH, WIDTH);
        for (int j = 0; j < WIDTH; j++)
            mid[t][j] = a[t][j] + more[j];
        scales[t][2] = normed(mid[t], c[t]);
        linear(&w->hidden[0][0], c[t], h[t], HIDDEN, WIDTH);
        for (int i = 0; i < HIDDEN; i++)
            h[t][i] = h[t][i] > 0.0 ? h[t][i] : 0.0;
        linear(&w->out[0][0], h[t], more, WIDTH, HIDDEN);
        for (int j = 0; j < WIDTH; j++)
            end[t][j] = mid[t][j] + more[j];
        linear(&w->guesses[0][0], end[t], z[t], LETTERS, WIDTH);
        double largest = z[t][0], sum = 0.0;
        for (int i = 1; i < LETTERS; i++)
            largest = z[t][i] > largest ? z[t][i] : largest;
        const double target = z[t][text[t + 1]];
        for (int i = 0; i < LETTERS; i++)
            sum += z[t][i] = exp(z[t][i] - largest);
        loss += largest - target + log(sum);
        for (int i = 0; i < LETTERS; i++)
            z[t][i] = (z[t][i] / sum - (i == text[t + 1])) * share / length;
    }
    double dk[PLACES][WIDTH] = {{0}}, dv[PLACES][WIDTH] = {{0}};
    for (int t = length - 1; t >= 0; t--) {          /* once all later places have said what they want of this one */
        double dend[WIDTH] = {0}, dh[HIDDEN] = {0}, dc[WIDTH] = {0}, dread[WIDTH] = {0}, dq[WIDTH] = {0}, db[WIDTH] = {0};
        double dx[WIDTH] = {0};
        back(&w->guesses[0][0], end[t], z[t], &d->guesses[0][0], dend, LETTERS, WIDTH);
        back(&w->out[0][0], h[t], dend, &d->out[0][0], dh, WIDTH, HIDDEN);
        for (int i = 0; i < HIDDEN; i++)
            dh[i] = h[t][i] > 0.0 ? dh[i] : 0.0;
        back(&w->hidden[0][0], c[t], dh, &d->hidden[0][0], dc, HIDDEN, WIDTH);
        normed_back(mid[t], scales[t][2], dc, dend);
        back(&w->joined[0][0], read[t], dend, &d->joined[0][0], dread, WIDTH, WIDTH);
        for (int head = 0; head < HEADS; head++) {
            const int from = head * SIZE;
            double *p = shares[t][head], slopes[PLACES], sum = 0.0;
            for (int s = 0; s <= t; s++) {
                slopes[s] = 0.0;
                for (int j = from; j < from + SIZE; j++) {
                    slopes[s] += dread[j] * v[s][j];
                    dv[s][j] += dread[j] * p[s];
                }
                sum += slopes[s] * p[s];
            }
            for (int s = 0; s <= t; s++) {
                const double slope = p[s] * (slopes[s] - sum) / sqrt(SIZE);
                for (int j = from; j < from + SIZE; j++) {
                    dq[j] += slope * k[s][j];
                    dk[s][j] += slope * q[t][j];
                }
            }
        }
        back(&w->queries[0][0], b[t], dq, &d->queries[0][0], db, WIDTH, WIDTH);
        back(&w->keys[0][0], b[t], dk[t], &d->keys[0][0], db, WIDTH, WIDTH);
        back(&w->values[0][0], b[t], dv[t], &d->values[0][0], db, WIDTH, WIDTH);
        normed_back(a[t], scales[t][1], db, dend);
        normed_back(x[t], scales[t][0], dend, dx);
        for (int j = 0; j < WIDTH; j++) {
            d->letters[text[t]][j] += dx[j];
            d->places[t][j] += dx[j];
        }
    }
    return loss / length;
}

/* The mean loss of some names, and its gradient. */
double gradient(const int *texts, const int *lengths, int names, const double *p, double *grad)
{
    double total = 0.0;
    memset(grad, 0, sizeof(weights));
    for (int n = 0; n < names; n++) {
        total += one_name(texts, lengths[n], (const weights *)p, (weights *)grad, 1.0 / names);
        texts += lengths[n] + 1;
    }
    return total / names;
}

/* So many steps with Adam, of which `before` were made before. */
double train(const int *texts, const int *lengths, int names, double *p, double *grad, double *m, double *v, int before,
             int steps)
{
    double loss = 0.0;
    for (int step = before + 1; step <= before + steps; step++) {
        loss = gradient(texts, lengths, names, p, grad);
        const double first = 1.0 - pow(0.85, step), second = 1.0 - pow(0.99, step);
        for (unsigned long i = 0; i < sizeof(weights) / sizeof(double); i++) {
            m[i] = 0.85 * m[i] + (1.0 - 0.85) * grad[i];
            v[i] = 0.99 * v[i] + (1.0 - 0.99) * grad[i] * grad[i];
            p[i] -= 0.01 * (m[i] / first) / (sqrt(v[i] / second) + 1e-8);
        }
    }
    return loss;
}
