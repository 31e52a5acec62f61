// Says what kstatus says of objects: a JSON array on standard input, one verdict each on standard output.
package main

import (
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type verdict struct {
	Word    string `json:"word"`
	Message string `json:"message"`
	Failed  bool   `json:"failed"`
}

func judge(object map[string]any) (found verdict) {
	defer func() {
		if told := recover(); told != nil {
			found = verdict{Message: fmt.Sprint("panic: ", told), Failed: true}
		}
	}()
	result, err := status.Compute(&unstructured.Unstructured{Object: object})
	if err != nil {
		return verdict{Message: err.Error(), Failed: true}
	}
	return verdict{Word: string(result.Status), Message: result.Message}
}

func main() {
	var objects []map[string]any
	text, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = json.Unmarshal(text, &objects)
	}
	if err != nil {
		panic(err)
	}
	verdicts := []verdict{}
	for _, object := range objects {
		verdicts = append(verdicts, judge(object))
	}
	told, err := json.Marshal(map[string]any{"verdicts": verdicts})
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(told)
}
