// The program `Fuzz`. Its main is libFuzzer's, its targets are in FuzzTargets; a C file, because SwiftPM gives Swift programs an entry of their own.
typedef int fuzz_has_its_main_in_libfuzzer;
