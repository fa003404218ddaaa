/* The three losses of benchmarks/replaying.py by hand: value and gradient by the parameters, summed over rows.
 *
 * Compiled with BLOCK 1 this is a loop over rows in scalar code; with BLOCK 64 and -ffast-math it is structure of arrays
 * with vector arithmetic and the C library's vector functions. `at(k, i)` is number k of row i. */
#include <math.h>
#include <string.h>

#if BLOCK == 1
#define at(k, i) rows[(i) * width + (k)]
#else
#define at(k, i) rows[(k) * n + (i)]
#endif
#define EACH for (long i = 0; i < m; i++)

/* 2-HIDDEN-3 with ReLU, softmax cross-entropy with one weight per class; parameters: each neuron's weights, its bias. */
static double classifier(const double *restrict rows, long n, const double *restrict p, double *restrict grad, const int hidden)
{
    const int width = 5;
    const double *q = p + 3 * hidden;
    double *grad_q = grad + 3 * hidden, total = 0.0;
    (void)width;
    for (long start = 0; start < n; start += BLOCK) {
        const long m = BLOCK == 1 ? 1 : n - start < BLOCK ? n - start : BLOCK;
        double h[8][BLOCK], z[3][BLOCK], largest[BLOCK], sum[BLOCK], weight[BLOCK];
        for (int j = 0; j < hidden; j++)
            EACH {
                const double s = p[3 * j] * at(0, start + i) + p[3 * j + 1] * at(1, start + i) + p[3 * j + 2];
                h[j][i] = s > 0.0 ? s : 0.0;
            }
        for (int k = 0; k < 3; k++) {
            EACH z[k][i] = q[(hidden + 1) * k + hidden];
            for (int j = 0; j < hidden; j++)
                EACH z[k][i] += q[(hidden + 1) * k + j] * h[j][i];
        }
        EACH largest[i] = z[0][i] > z[1][i] ? z[0][i] : z[1][i];
        EACH largest[i] = largest[i] > z[2][i] ? largest[i] : z[2][i];
        EACH sum[i] = weight[i] = 0.0;
        for (int k = 0; k < 3; k++)
            EACH {
                const double y = at(2 + k, start + i);
                weight[i] += y;
                total += y * (largest[i] - z[k][i]);
                z[k][i] = exp(z[k][i] - largest[i]);
                sum[i] += z[k][i];
            }
        EACH total += weight[i] * log(sum[i]);
        for (int k = 0; k < 3; k++)
            EACH z[k][i] = weight[i] * z[k][i] / sum[i] - at(2 + k, start + i);
        for (int k = 0; k < 3; k++) {
            double bias = 0.0;
            EACH bias += z[k][i];
            grad_q[(hidden + 1) * k + hidden] += bias;
            for (int j = 0; j < hidden; j++) {
                double s = 0.0;
                EACH s += z[k][i] * h[j][i];
                grad_q[(hidden + 1) * k + j] += s;
            }
        }
        for (int j = 0; j < hidden; j++) {
            double slope[BLOCK], first = 0.0, second = 0.0, bias = 0.0;
            EACH slope[i] = q[j] * z[0][i] + q[hidden + 1 + j] * z[1][i] + q[2 * (hidden + 1) + j] * z[2][i];
            EACH slope[i] = h[j][i] > 0.0 ? slope[i] : 0.0;
            EACH first += slope[i] * at(0, start + i);
            EACH second += slope[i] * at(1, start + i);
            EACH bias += slope[i];
            grad[3 * j] += first;
            grad[3 * j + 1] += second;
            grad[3 * j + 2] += bias;
        }
    }
    return total;
}

/* 2-16-16-1 with ReLU, max-margin loss. */
static double margin(const double *restrict rows, long n, const double *restrict p, double *restrict grad)
{
    enum { width = 3, H = 16 };
    const double *q = p + 3 * H, *r = q + 17 * H;
    double *grad_q = grad + 3 * H, *grad_r = grad_q + 17 * H, total = 0.0;
    for (long start = 0; start < n; start += BLOCK) {
        const long m = BLOCK == 1 ? 1 : n - start < BLOCK ? n - start : BLOCK;
        double a[H][BLOCK], b[H][BLOCK], slope[H][BLOCK], score[BLOCK], bias = 0.0;
        for (int j = 0; j < H; j++)
            EACH {
                const double s = p[3 * j] * at(0, start + i) + p[3 * j + 1] * at(1, start + i) + p[3 * j + 2];
                a[j][i] = s > 0.0 ? s : 0.0;
            }
        for (int k = 0; k < H; k++) {
            EACH b[k][i] = q[17 * k + H];
            for (int j = 0; j < H; j++)
                EACH b[k][i] += q[17 * k + j] * a[j][i];
            EACH b[k][i] = b[k][i] > 0.0 ? b[k][i] : 0.0;
        }
        EACH score[i] = r[H];
        for (int k = 0; k < H; k++)
            EACH score[i] += r[k] * b[k][i];
        EACH {
            const double y = at(2, start + i), lack = 1.0 - y * score[i];
            total += lack > 0.0 ? lack : 0.0;
            score[i] = lack > 0.0 ? -y : 0.0;
        }
        EACH bias += score[i];
        grad_r[H] += bias;
        memset(slope, 0, sizeof slope);
        for (int k = 0; k < H; k++) {
            double back[BLOCK], s = 0.0, t = 0.0;
            EACH s += score[i] * b[k][i];
            grad_r[k] += s;
            EACH back[i] = b[k][i] > 0.0 ? score[i] * r[k] : 0.0;
            EACH t += back[i];
            grad_q[17 * k + H] += t;
            for (int j = 0; j < H; j++) {
                double u = 0.0;
                EACH u += back[i] * a[j][i];
                grad_q[17 * k + j] += u;
                EACH slope[j][i] += back[i] * q[17 * k + j];
            }
        }
        for (int j = 0; j < H; j++) {
            double first = 0.0, second = 0.0, t = 0.0;
            EACH slope[j][i] = a[j][i] > 0.0 ? slope[j][i] : 0.0;
            EACH first += slope[j][i] * at(0, start + i);
            EACH second += slope[j][i] * at(1, start + i);
            EACH t += slope[j][i];
            grad[3 * j] += first;
            grad[3 * j + 1] += second;
            grad[3 * j + 2] += t;
        }
    }
    return total;
}

double R1(const double *rows, long n, const double *p, double *grad) { return classifier(rows, n, p, grad, 8); }
double R2(const double *rows, long n, const double *p, double *grad) { return classifier(rows, n, p, grad, 2); }
double R3(const double *rows, long n, const double *p, double *grad) { return margin(rows, n, p, grad); }

/* The last of so many values; the gradient starts from zero each time. */
double repeat(double (*loss)(const double *, long, const double *, double *), const double *rows, long n, const double *p,
              double *grad, long size, long times)
{
    double z = 0.0;
    while (times--) {
        memset(grad, 0, size * sizeof *grad);
        z = loss(rows, n, p, grad);
    }
    return z;
}
